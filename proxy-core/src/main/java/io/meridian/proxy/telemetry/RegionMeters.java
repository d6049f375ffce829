package io.meridian.proxy.telemetry;

/** Counts the decisions for one region. On the loop it names. */
public final class RegionMeters {
  final String region;
  final Cells cells;

  RegionMeters(String region, int loops) {
    this.region = region;
    cells = new Cells(loops, DecisionReason.count());
  }

  /** A request was sent here first. */
  public void decided(int loop, DecisionReason reason) {
    cells.add(loop, reason.slot(), 1);
  }

  /** Requests sent here first since the start; any thread. Shares of traffic come from it. */
  public long decided() {
    long sum = 0;
    for (int i = 0; i < DecisionReason.count(); i++) {
      sum += cells.sum(i);
    }
    return sum;
  }
}
