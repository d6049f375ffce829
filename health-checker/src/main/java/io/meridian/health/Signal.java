package io.meridian.health;

/** One thing that was seen of an endpoint. */
sealed interface Signal {
  /**
   * A probe that succeeded.
   *
   * @param startedNanos when it began: it proves life from then on only
   */
  record ProbeOk(long startedNanos) implements Signal {}

  /**
   * A probe that failed.
   *
   * @param unreachable nothing answered, unlike an answer that says no
   * @param cause in a few words
   */
  record ProbeFailed(long startedNanos, boolean unreachable, String cause) implements Signal {}

  /** An attempt of real traffic that failed. */
  record Failure(Outcome outcome) implements Signal {
    String cause() {
      return switch (outcome) {
        case SUCCESS -> "success";
        case CONNECT_FAILED -> "connect failed";
        case RESET -> "reset";
        case OVERDUE -> "overdue";
        case BAD_STATUS -> "bad status";
        case BAD_RESPONSE -> "bad response";
        case TRUNCATED -> "truncated";
      };
    }
  }

  /**
   * What real traffic did in a span that ended about now.
   *
   * @param failures in the same span, each told by a {@link Failure} before
   */
  record Traffic(long successes, long failures) implements Signal {}

  /** Time passed. */
  record Tick() implements Signal {}
}
