package io.meridian.proxy.demo;

import java.util.ArrayDeque;
import java.util.Deque;

/** Who has answered how much of the last seconds' requests, from counts taken at times. */
final class Shares {
  private final int kept;
  private final Deque<long[]> counts = new ArrayDeque<>();

  /**
   * @param kept how many counts the span runs over
   */
  Shares(int kept) {
    this.kept = kept;
  }

  /**
   * @param totals answers since the start, by region
   * @return shares, 0 to 1, that sum up to 1; all 0 if nothing was answered
   */
  double[] next(long[] totals) {
    counts.addLast(totals.clone());
    if (counts.size() > kept) {
      counts.removeFirst();
    }
    long[] first = counts.getFirst();
    double[] shares = new double[totals.length];
    long sum = 0;
    for (int i = 0; i < totals.length; i++) {
      sum += totals[i] - first[i];
    }
    for (int i = 0; i < totals.length && sum > 0; i++) {
      shares[i] = (double) (totals[i] - first[i]) / sum;
    }
    return shares;
  }
}
