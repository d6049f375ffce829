package io.meridian.health;

import java.util.concurrent.TimeUnit;

/**
 * What signals showed of one endpoint lately, before anybody judges it. Immutable.
 *
 * @param window outcomes of real traffic
 * @param trafficFailures failures of real traffic in a row, without a success between, however slow
 * @param failures how many of the following three times are set
 * @param lastFailure ticker time of the last failure, probe or traffic
 * @param secondLastFailure the one before
 * @param thirdLastFailure the one before that
 * @param late whether those failures were but answers of real traffic that were late
 * @param proofs signs of life since the last failure
 * @param trafficSucceeded whether {@code lastSuccess} is set
 * @param lastSuccess ticker time of the last span of traffic that went well
 * @param probed whether {@code lastProbe} is set
 * @param lastProbe when the newest probe that counted was started
 * @param probeSuccesses in a row
 * @param probeFailures in a row
 * @param cleanSince when the first of the successes in a row was started
 * @param failingSince when the first of the failures in a row was started
 */
record Evidence(
    OutcomeWindow window,
    int trafficFailures,
    int failures,
    long lastFailure,
    long secondLastFailure,
    long thirdLastFailure,
    boolean late,
    int proofs,
    boolean trafficSucceeded,
    long lastSuccess,
    boolean probed,
    long lastProbe,
    int probeSuccesses,
    int probeFailures,
    long cleanSince,
    long failingSince) {

  static final Evidence NONE =
      new Evidence(OutcomeWindow.EMPTY, 0, 0, 0, 0, 0, false, 0, false, 0, false, 0, 0, 0, 0, 0);

  /** How long traffic that goes well speaks against a probe that was answered with a no. */
  private static final long PROOF_NANOS = TimeUnit.MILLISECONDS.toNanos(1000);

  /** How long it does against a probe that nobody answered. */
  private static final long REACHED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** How long it counts against probes when nothing better may be left. */
  private static final long CONTRADICTION_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Spans of traffic told within this time of a failure may have been before it. */
  private static final long FOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  Evidence after(Signal signal, long now) {
    return switch (signal) {
      case Signal.Failure(Outcome outcome) -> failed(now, true, outcome == Outcome.OVERDUE);
      case Signal.Traffic(long successes, long failed) when successes > 0 ->
          succeeded(successes, failed * 19 <= successes, now);
      case Signal.ProbeOk(long started) when !isStale(started) -> probeOk(started);
      case Signal.ProbeFailed(long started, boolean unreachable, _) when !isStale(started) ->
          probeFailed(started, unreachable, now);
      default -> this;
    };
  }

  /** A probe that began before one whose result is known already says nothing new. */
  boolean isStale(long started) {
    return probed && started - lastProbe < 0;
  }

  /** Whether real traffic goes well just now, and so speaks against a failed probe. */
  boolean trafficProves(boolean unreachable, long now) {
    return trafficSucceeded
        && trafficFailures == 0
        && now - lastSuccess <= (unreachable ? REACHED_NANOS : PROOF_NANOS);
  }

  /** Whether traffic went well after probes began to fail, and still does. */
  boolean trafficContradicts(long now) {
    return trafficSucceeded
        && lastSuccess - failingSince > FOLD_NANOS
        && now - lastSuccess <= CONTRADICTION_NANOS;
  }

  /** Whether three failures, probe or traffic, fell within {@code nanos} until now. */
  boolean threeWithin(long nanos, long now) {
    return failures >= 3 && now - thirdLastFailure <= nanos;
  }

  /** Whether at least half of ten or more attempts failed in the window. */
  boolean halfFails(long now) {
    long bad = window.failures(now);
    long good = window.successes(now);
    return bad + good >= 10 && bad >= good;
  }

  /** Whether failures are lost among successes: at most 5 %, of 20 or more. */
  boolean mostlyWell(long now) {
    long good = window.successes(now);
    return good >= 20 && window.failures(now) * 19 <= good;
  }

  /** Forgets how often it failed: what comes next is another trial. */
  Evidence trial() {
    return refuted().over(OutcomeWindow.EMPTY);
  }

  /** Forgets failures that proved to be none of a row; how traffic did stays known. */
  Evidence refuted() {
    return new Evidence(
        window,
        trafficFailures,
        0,
        0,
        0,
        0,
        false,
        0,
        trafficSucceeded,
        lastSuccess,
        probed,
        lastProbe,
        probeSuccesses,
        probeFailures,
        cleanSince,
        failingSince);
  }

  /** Forgets probes that were started before now: they say nothing of a return. */
  Evidence ejected(long now) {
    return new Evidence(
        window,
        trafficFailures,
        failures,
        lastFailure,
        secondLastFailure,
        thirdLastFailure,
        late,
        proofs,
        trafficSucceeded,
        lastSuccess,
        true,
        now,
        0,
        probeFailures,
        cleanSince,
        failingSince);
  }

  private Evidence over(OutcomeWindow newWindow) {
    return new Evidence(
        newWindow,
        trafficFailures,
        failures,
        lastFailure,
        secondLastFailure,
        thirdLastFailure,
        late,
        proofs,
        trafficSucceeded,
        lastSuccess,
        probed,
        lastProbe,
        probeSuccesses,
        probeFailures,
        cleanSince,
        failingSince);
  }

  private Evidence failed(long now, boolean traffic, boolean lateAnswer) {
    return new Evidence(
        traffic ? window.plus(0, 1, now) : window,
        traffic ? trafficFailures + 1 : trafficFailures,
        Math.min(3, failures + 1),
        now,
        lastFailure,
        secondLastFailure,
        lateAnswer && (late || failures == 0),
        0,
        trafficSucceeded,
        lastSuccess,
        probed,
        lastProbe,
        probeSuccesses,
        probeFailures,
        cleanSince,
        failingSince);
  }

  private Evidence succeeded(long count, boolean well, long now) {
    boolean proof = well && (failures == 0 || now - lastFailure >= FOLD_NANOS);
    return new Evidence(
        window.plus(count, 0, now),
        well ? 0 : trafficFailures,
        failures,
        lastFailure,
        secondLastFailure,
        thirdLastFailure,
        late,
        proof ? proofs + 1 : proofs,
        trafficSucceeded || well,
        well ? now : lastSuccess,
        probed,
        lastProbe,
        probeSuccesses,
        probeFailures,
        cleanSince,
        failingSince);
  }

  private Evidence probeOk(long started) {
    boolean proof = failures == 0 || started - lastFailure >= 0;
    return new Evidence(
        window,
        trafficFailures,
        failures,
        lastFailure,
        secondLastFailure,
        thirdLastFailure,
        late,
        proof ? proofs + 1 : proofs,
        trafficSucceeded,
        lastSuccess,
        true,
        started,
        probeSuccesses + 1,
        0,
        probeSuccesses == 0 ? started : cleanSince,
        failingSince);
  }

  private Evidence probeFailed(long started, boolean unreachable, long now) {
    boolean contested = trafficProves(unreachable, now);
    // Whoever says no is there: that much a late answer had put in doubt.
    boolean proof = contested && late && !unreachable && started - lastFailure >= 0;
    Evidence e = contested ? this : failed(now, false, false);
    return new Evidence(
        e.window,
        e.trafficFailures,
        e.failures,
        e.lastFailure,
        e.secondLastFailure,
        e.thirdLastFailure,
        e.late,
        proof ? e.proofs + 1 : e.proofs,
        trafficSucceeded,
        lastSuccess,
        true,
        started,
        0,
        probeFailures + 1,
        cleanSince,
        probeFailures == 0 ? started : failingSince);
  }
}
