package io.meridian.proxy.exchange;

import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.ResponseHead;

/**
 * How long a short answer is held back while it is not whole: a cut one can then be fetched again
 * without the client seeing it. Longer ones, and slow ones, are passed on as they come; what is
 * known to be short loses nothing by waiting, as nobody can use the half of it.
 */
final class ResponseHold {
  /** Gathered bytes beyond which nothing is held. */
  static final int BYTES = 32 * 1024;

  /** Of an answer whose length is known, since its last byte came, beside a round trip. */
  private static final long KNOWN_NANOS = 100_000_000;

  /** Of an answer that may be a stream of events. */
  private static final long UNKNOWN_NANOS = 10_000_000;

  /** How long to wait for more of an answer. */
  static long nanos(ResponseHead head, long roundTripNanos) {
    return head.body() == BodyKind.LENGTH ? KNOWN_NANOS + roundTripNanos : UNKNOWN_NANOS;
  }

  private ResponseHold() {}
}
