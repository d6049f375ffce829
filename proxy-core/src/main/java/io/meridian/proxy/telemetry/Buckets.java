package io.meridian.proxy.telemetry;

/**
 * The upper bounds of a histogram, and where it stands in a row of {@link Cells}: one slot for each
 * bucket, one for what is above the last, one for the sum in nanoseconds.
 */
final class Buckets {
  /** 1 ms to 10 s, dense where round trips between regions lie. */
  static final Buckets LATENCY =
      new Buckets(
          0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5,
          0.75, 1, 2.5, 5, 10);

  /** 0.1 ms to 1 s: how late an event loop runs. */
  static final Buckets LAG = new Buckets(0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1);

  private final double[] seconds;
  private final long[] nanos;

  private Buckets(double... seconds) {
    this.seconds = seconds;
    nanos = new long[seconds.length];
    for (int i = 0; i < seconds.length; i++) {
      nanos[i] = Math.round(seconds[i] * 1e9);
    }
  }

  /** Bounded buckets. */
  int size() {
    return seconds.length;
  }

  /** Upper bound of a bucket, inclusive. */
  double seconds(int bucket) {
    return seconds[bucket];
  }

  /** Slots that it takes. */
  int slots() {
    return seconds.length + 2;
  }

  /** Counts one duration in the histogram that begins at slot {@code first}. */
  void record(Cells cells, int loop, int first, long durationNanos) {
    cells.add(loop, first + bucket(durationNanos), 1);
    cells.add(loop, first + seconds.length + 1, durationNanos);
  }

  /** The first bucket whose bound is not exceeded; {@link #size()} above all. */
  int bucket(long durationNanos) {
    int low = 0;
    int high = nanos.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (durationNanos <= nanos[middle]) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /**
   * The duration that this part of all counted stays within, in milliseconds: interpolated within
   * its bucket, and the last bound for what is above it; NaN if nothing was counted.
   *
   * @param slots as {@link #fold} fills them
   */
  double quantileMillis(long[] slots, double ratio) {
    long total = 0;
    for (int i = 0; i <= size(); i++) {
      total += slots[i];
    }
    double wanted = total * ratio;
    double seen = 0;
    for (int i = 0; i < size() && total > 0; i++) {
      if (seen + slots[i] >= wanted) {
        double from = i == 0 ? 0 : seconds[i - 1];
        double within = slots[i] == 0 ? 1 : (wanted - seen) / slots[i];
        return (from + (seconds[i] - from) * within) * 1e3;
      }
      seen += slots[i];
    }
    return total == 0 ? Double.NaN : seconds[size() - 1] * 1e3;
  }

  /** Adds what all loops counted to {@code into}, which has {@link #slots()} places. */
  void fold(Cells cells, int first, long[] into) {
    for (int i = 0; i < slots(); i++) {
      into[i] += cells.sum(first + i);
    }
  }
}
