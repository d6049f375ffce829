package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every region of a cloud as an edge, a deployment without it as its candidates: how much longer
 * than the best does the chosen one take?
 */
class MatrixReplayTest {
  /** A probe's connect is slower than the median by this much on a log scale, rarely faster. */
  private static final double NOISE = 0.05;

  private static final String AWS = "aws_interregion_p50_1y_2025.csv";
  private static final String AZURE = "azure_interregion_p95_2026-07.csv";

  @Test
  void all_other_aws_regions() throws IOException {
    replay("AWS, all others", SharedData.matrix(AWS, "aws", 1), null);
  }

  @Test
  void six_aws_regions() throws IOException {
    replay(
        "AWS, six",
        SharedData.matrix(AWS, "aws", 1),
        List.of(
            "us-east-1",
            "us-west-2",
            "eu-central-1",
            "ap-northeast-1",
            "ap-southeast-1",
            "sa-east-1"));
  }

  @Test
  void all_other_azure_regions() throws IOException {
    replay("Azure, all others", SharedData.matrix(AZURE, "azure", 2), null);
  }

  @Test
  void six_azure_regions() throws IOException {
    replay(
        "Azure, six",
        SharedData.matrix(AZURE, "azure", 2),
        List.of(
            "East US", "West US 2", "Brazil South", "West Europe", "Southeast Asia", "Japan East"));
  }

  private static void replay(String title, SharedData.Matrix matrix, @Nullable List<String> only) {
    SplittableRandom random = new SplittableRandom(42);
    List<Double> cold = new ArrayList<>();
    List<Double> geography = new ArrayList<>();
    List<Double> warm = new ArrayList<>();
    for (int edge = 0; edge < matrix.names().size(); edge++) {
      int from = edge;
      if (only != null && only.contains(matrix.names().get(from))) {
        continue;
      }
      int[] candidates =
          IntStream.range(0, matrix.names().size())
              .filter(i -> i != from && !Double.isNaN(matrix.millis(from, i)))
              .filter(i -> only == null || only.contains(matrix.names().get(i)))
              .toArray();
      Estimate[] estimates =
          Arrays.stream(candidates)
              .mapToObj(i ->
                  Estimate.of(Prior.between(matrix.places().get(from), matrix.places().get(i))))
              .toArray(Estimate[]::new);
      double[] truth = Arrays.stream(candidates).mapToDouble(i -> matrix.millis(from, i)).toArray();
      double best = Arrays.stream(truth).min().orElseThrow();
      int nearest =
          argMin(Arrays.stream(estimates).mapToDouble(e -> e.prior().logMean()).toArray());
      SwitchRule.Incumbent incumbent =
          SwitchRule.next(SwitchRule.Incumbent.NONE, candidates(estimates), 0);
      cold.add(truth[incumbent.index()] - best);
      geography.add(truth[nearest] - best);
      for (int round = 0; round < 3; round++) {
        long now = TimeUnit.SECONDS.toNanos(round);
        for (int i = 0; i < truth.length; i++) {
          double sample = truth[i] * Math.exp(NOISE * Math.abs(random.nextGaussian()));
          estimates[i] = LatencyEstimator.sample(estimates[i], sample, now);
        }
        incumbent = SwitchRule.next(incumbent, candidates(estimates), now);
      }
      warm.add(truth[incumbent.index()] - best);
    }
    System.out.printf(
        "%-18s %2d edges: regret ms cold %.1f, geography %.1f; after 3 rounds mean/p95/max %.2f/%.2f/%.2f%n",
        title,
        warm.size(),
        mean(cold),
        mean(geography),
        mean(warm),
        p95(warm),
        warm.stream().mapToDouble(d -> d).max().orElseThrow());
    assertTrue(mean(warm) <= 0.5, () -> "mean regret " + mean(warm));
    assertTrue(p95(warm) <= 2, () -> "p95 regret " + p95(warm));
    assertTrue(mean(cold) <= mean(geography), "a cold start is no worse than geography");
  }

  private static List<SwitchRule.Candidate> candidates(Estimate[] estimates) {
    return Arrays.stream(estimates)
        .map(e -> new SwitchRule.Candidate(e.millis(), e.samples(), HealthState.HEALTHY))
        .toList();
  }

  private static int argMin(double[] values) {
    return IntStream.range(0, values.length)
        .reduce((a, b) -> values[b] < values[a] ? b : a)
        .orElseThrow();
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(d -> d).average().orElseThrow();
  }

  private static double p95(List<Double> values) {
    return values.stream().sorted().toList().get((int) Math.floor(0.95 * (values.size() - 1)));
  }
}
