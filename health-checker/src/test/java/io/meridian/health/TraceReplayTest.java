package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Three hours between 87 clients and 12 targets. The trace repeats a measurement until the next, 85
 * s later on average, so a row counts once, when it changes: as one round of probes. What is chosen
 * from the rounds so far is paid for at the next, which is another draw from the same noisy links.
 */
class TraceReplayTest {
  private static final double SLICE_SECONDS = 15.7;
  private static final double PROBE_SECONDS = 1;

  /** One round of measurements: when, in the trace's own time, and what. */
  record Round(double atSeconds, List<Double> samples) {}

  /** How one rule did. */
  record Score(String rule, double meanMillis, double switchesPerHour) {}

  /** Chooses by what it was shown. */
  interface Chooser {
    /**
     * @param samples of each target; NaN where missing
     */
    int choose(List<Double> samples, long nowNanos);
  }

  @Test
  void switches_are_rare_and_the_mean_is_no_worse_than_the_simple_rules() throws IOException {
    List<List<Round>> clients = clients();
    Score ours = score("switch rule, a round each second", clients, true, Meridian::new);
    List<Score> others =
        List.of(
            score("last sample", clients, true, LastSample::new),
            score("Peak EWMA, a round each second", clients, true, PeakEwma::new),
            score("Peak EWMA, the trace's own time", clients, false, PeakEwma::new));
    score("switch rule, the trace's own time", clients, false, Meridian::new);
    assertTrue(ours.switchesPerHour() <= 2, () -> "switches: " + ours);
    for (Score other : others) {
      assertTrue(ours.meanMillis() <= other.meanMillis(), () -> ours + " against " + other);
    }
  }

  private static List<List<Round>> clients() throws IOException {
    Map<String, List<Round>> clients = new TreeMap<>();
    List<String[]> rows = SharedData.rows("netlatency_seattle_87x12x688.csv.gz");
    for (String[] row : rows.subList(1, rows.size())) {
      List<Double> samples =
          Arrays.stream(row, 2, row.length)
              .map(s -> s.isEmpty() ? Double.NaN : Math.max(1, Double.parseDouble(s)))
              .toList();
      List<Round> rounds = clients.computeIfAbsent(row[1], _ -> new ArrayList<>());
      if (rounds.isEmpty() || !rounds.getLast().samples().equals(samples)) {
        rounds.add(new Round(Integer.parseInt(row[0]) * SLICE_SECONDS, samples));
      }
    }
    assertEquals(87, clients.size());
    return List.copyOf(clients.values());
  }

  private static Score score(
      String rule, List<List<Round>> clients, boolean eachSecond, IntFunction<Chooser> rules) {
    double sum = 0;
    long count = 0;
    long switches = 0;
    double hours = 0;
    for (List<Round> rounds : clients) {
      Chooser chooser = rules.apply(rounds.getFirst().samples().size());
      int last = -1;
      for (int k = 0; k + 1 < rounds.size(); k++) {
        double seconds = eachSecond ? k * PROBE_SECONDS : rounds.get(k).atSeconds();
        int chosen = chooser.choose(rounds.get(k).samples(), (long) (seconds * 1e9));
        if (k >= 3) { // all rules warm up alike
          switches += last >= 0 && chosen != last ? 1 : 0;
          last = chosen;
          double paid = rounds.get(k + 1).samples().get(chosen);
          sum += Double.isNaN(paid) ? 0 : paid;
          count += Double.isNaN(paid) ? 0 : 1;
        }
      }
      hours += (rounds.getLast().atSeconds() - rounds.get(3).atSeconds()) / 3600;
    }
    Score score = new Score(rule, sum / count, switches / hours);
    System.out.printf(
        "trace, %s: mean %.1f ms, %.2f switches per client-hour%n",
        rule, score.meanMillis(), score.switchesPerHour());
    return score;
  }

  /** The estimator and the switch rule. */
  private static final class Meridian implements Chooser {
    private final Estimate[] estimates;
    private SwitchRule.Incumbent incumbent = SwitchRule.Incumbent.NONE;

    Meridian(int targets) {
      estimates = new Estimate[targets];
      Arrays.fill(estimates, Estimate.of(Prior.UNKNOWN));
    }

    @Override
    public int choose(List<Double> samples, long nowNanos) {
      for (int i = 0; i < samples.size(); i++) {
        if (!Double.isNaN(samples.get(i))) {
          estimates[i] = LatencyEstimator.sample(estimates[i], samples.get(i), nowNanos);
        }
      }
      incumbent =
          SwitchRule.next(
              incumbent,
              Arrays.stream(estimates)
                  .map(e -> new SwitchRule.Candidate(e.millis(), e.samples(), HealthState.HEALTHY))
                  .toList(),
              nowNanos);
      return incumbent.index();
    }
  }

  /** Takes whatever was fastest last. */
  private static final class LastSample implements Chooser {
    private final double[] last;

    LastSample(int targets) {
      last = new double[targets];
      Arrays.fill(last, 1e9);
    }

    @Override
    public int choose(List<Double> samples, long nowNanos) {
      for (int i = 0; i < samples.size(); i++) {
        last[i] = Double.isNaN(samples.get(i)) ? last[i] : samples.get(i);
      }
      return IntStream.range(0, last.length)
          .reduce((a, b) -> last[b] < last[a] ? b : a)
          .orElseThrow();
    }
  }

  /** As in Finagle: jumps up at once, comes down with a time constant of 10 s. */
  private static final class PeakEwma implements Chooser {
    private static final double UNSEEN = 1e9;
    private final double[] cost;
    private long lastNanos;

    PeakEwma(int targets) {
      cost = new double[targets];
      Arrays.fill(cost, UNSEEN);
    }

    @Override
    public int choose(List<Double> samples, long nowNanos) {
      double w = Math.exp(-(nowNanos - lastNanos) / 10e9);
      lastNanos = nowNanos;
      for (int i = 0; i < samples.size(); i++) {
        if (!Double.isNaN(samples.get(i))) {
          cost[i] =
              samples.get(i) > cost[i] || cost[i] == UNSEEN
                  ? samples.get(i)
                  : cost[i] * w + samples.get(i) * (1 - w);
        }
      }
      return IntStream.range(0, cost.length)
          .reduce((a, b) -> cost[b] < cost[a] ? b : a)
          .orElseThrow();
    }
  }
}
