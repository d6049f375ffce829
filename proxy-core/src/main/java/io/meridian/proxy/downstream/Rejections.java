package io.meridian.proxy.downstream;

import io.meridian.proxy.http.Fault;
import io.meridian.proxy.telemetry.Rejection;

/** What a fault of a client's message is counted as. */
final class Rejections {
  private Rejections() {}

  static Rejection of(Fault fault) {
    return switch (fault.status()) {
      case 414 -> Rejection.REQUEST_LINE;
      case 431 -> Rejection.HEAD_SIZE;
      default -> Rejection.MALFORMED;
    };
  }
}
