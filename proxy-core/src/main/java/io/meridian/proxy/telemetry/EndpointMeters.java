package io.meridian.proxy.telemetry;

import java.nio.charset.StandardCharsets;

/**
 * Counts the attempts at one endpoint. Each method with a {@code loop} is called on that loop.
 *
 * <p>It also keeps what picks between the endpoints of a region: a Peak EWMA of the time to the
 * first byte for each loop, which jumps up with a slow answer and decays towards faster ones; and
 * folds what the health monitor wants to hear of real traffic.
 *
 * @see "Twitter, Finagle, PeakEwma load metric"
 */
public final class EndpointMeters {
  private static final double DECAY_NANOS = 10e9;

  static final int OUTCOMES = 0;
  static final int IN_FLIGHT = AttemptOutcome.count();
  static final int OPENED = IN_FLIGHT + 1;
  static final int CLOSED = OPENED + 1;
  static final int IDLE = CLOSED + 1;
  static final int ROUND_TRIPS = IDLE + 1;
  static final int PEAK = ROUND_TRIPS + 1;
  static final int PEAK_AT = PEAK + 1;
  static final int TTFB = PEAK_AT + 1;
  static final int CONNECT = TTFB + Buckets.LATENCY.slots();

  final String region;
  final String endpoint;
  final byte[] regionJson;
  final byte[] endpointJson;
  final Cells cells;

  // The drain's own: what it has handed out so far.
  private long drainedSuccesses;
  private long drainedFailures;
  private final long[] drainedRoundTrips;

  EndpointMeters(String region, String endpoint, int loops) {
    this.region = region;
    this.endpoint = endpoint;
    regionJson = Json.quote(region).getBytes(StandardCharsets.UTF_8);
    endpointJson = Json.quote(endpoint).getBytes(StandardCharsets.UTF_8);
    cells = new Cells(loops, CONNECT + Buckets.LATENCY.slots());
    drainedRoundTrips = new long[loops];
  }

  public String region() {
    return region;
  }

  /** {@code host:port}. */
  public String endpoint() {
    return endpoint;
  }

  /** An attempt is over; once an attempt. */
  public void attempt(int loop, AttemptOutcome outcome) {
    cells.add(loop, OUTCOMES + outcome.slot(), 1);
  }

  /**
   * The first byte of a response came.
   *
   * @param nanos since the last byte of the request head was sent
   * @param nowNanos the loop's clock
   */
  public void ttfb(int loop, long nanos, long nowNanos) {
    Buckets.LATENCY.record(cells, loop, TTFB, nanos);
    cells.add(loop, ROUND_TRIPS, RoundTrips.sample(nanos));
    double kept = kept(loop, nowNanos);
    double decayed = Double.longBitsToDouble(cells.get(loop, PEAK)) * kept;
    double peak = Math.max((double) nanos, decayed + nanos * (1 - kept));
    cells.set(loop, PEAK, Double.doubleToRawLongBits(peak));
    cells.set(loop, PEAK_AT, nowNanos);
  }

  /** A connection was established, in so many nanoseconds, TLS handshake not included. */
  public void connect(int loop, long nanos) {
    Buckets.LATENCY.record(cells, loop, CONNECT, nanos);
  }

  /** Requests under way there: +1 when an attempt begins, -1 when it ends. */
  public void active(int loop, int delta) {
    cells.add(loop, IN_FLIGHT, delta);
  }

  public void connectionOpened(int loop) {
    cells.add(loop, OPENED, 1);
  }

  public void connectionClosed(int loop) {
    cells.add(loop, CLOSED, 1);
  }

  /** Pooled connections without a request: +1 when one is put back, -1 when it is taken or dies. */
  public void idle(int loop, int delta) {
    cells.add(loop, IDLE, delta);
  }

  /** Requests under way there on this loop; read on that loop. */
  public long inFlight(int loop) {
    return cells.get(loop, IN_FLIGHT);
  }

  /** Requests under way there on all loops; any thread. */
  public long inFlight() {
    return cells.sum(IN_FLIGHT);
  }

  /**
   * Peak EWMA of the time to first byte on this loop, decayed to now; read on that loop. 0 if there
   * was none yet.
   */
  public double peakEwmaNanos(int loop, long nowNanos) {
    return Double.longBitsToDouble(cells.get(loop, PEAK)) * kept(loop, nowNanos);
  }

  private double kept(int loop, long nowNanos) {
    long elapsed = Math.max(0, nowNanos - cells.get(loop, PEAK_AT));
    return Math.exp(-elapsed / DECAY_NANOS);
  }

  /** Tries that failed so far, by no fault of the client's; any thread. */
  long failures() {
    long failures = 0;
    for (int i = 0; i < AttemptOutcome.count(); i++) {
      if (AttemptOutcome.of(i).failure()) {
        failures += cells.sum(OUTCOMES + i);
      }
    }
    return failures;
  }

  /** What happened since the last call, over all loops; one caller. */
  public Fold drain() {
    long successes = cells.sum(OUTCOMES + AttemptOutcome.SUCCESS.slot());
    long failures = failures();
    double logSum = 0;
    int samples = 0;
    for (int loop = 0; loop < drainedRoundTrips.length; loop++) {
      long now = cells.get(loop, ROUND_TRIPS);
      long since = now - drainedRoundTrips[loop];
      drainedRoundTrips[loop] = now;
      samples += RoundTrips.count(since);
      logSum += RoundTrips.logSum(since);
    }
    Fold fold = new Fold(successes - drainedSuccesses, failures - drainedFailures, logSum, samples);
    drainedSuccesses = successes;
    drainedFailures = failures;
    return fold;
  }

  /**
   * What an endpoint did in a span of time.
   *
   * @param logSumMillis sum of ln(ms) over first bytes
   * @param samples how many these were
   */
  public record Fold(long successes, long failures, double logSumMillis, int samples) {
    /** Mean of ln(ms); NaN without samples. */
    public double logMeanMillis() {
      return samples == 0 ? Double.NaN : logSumMillis / samples;
    }

    /** Whether nothing happened. */
    public boolean isEmpty() {
      return successes == 0 && failures == 0 && samples == 0;
    }
  }
}
