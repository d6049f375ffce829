package io.meridian.proxy.exchange;

import io.meridian.proxy.telemetry.RetryDenied;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request may move to another endpoint after a failed attempt. Pure.
 *
 * @see "RFC 9110, 9.2.2: only what is idempotent may be sent again by itself"
 */
final class ReplayRule {
  private ReplayRule() {}

  /**
   * Why it may not; null if it may.
   *
   * @param responseBegun a part of an answer has left for the client
   * @param sent bytes of the request may have reached an application
   * @param refused the endpoint said that it did not handle the request (503), and that counts
   * @param repeatable the request may be sent twice
   * @param held all of the body that has arrived is at hand
   */
  static @Nullable RetryDenied denied(
      boolean responseBegun, boolean sent, boolean refused, boolean repeatable, boolean held) {
    if (responseBegun) {
      return RetryDenied.RESPONSE_BEGUN;
    }
    if (!held) {
      return RetryDenied.BODY_OVER_LIMIT;
    }
    if (sent && !repeatable && !refused) {
      return RetryDenied.BYTES_SENT;
    }
    return null;
  }
}
