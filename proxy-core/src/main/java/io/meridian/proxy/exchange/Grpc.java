package io.meridian.proxy.exchange;

import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * What gRPC says in a request's fields, and how it is told of an error. Pure.
 *
 * @see "gRPC over HTTP2; HTTP to gRPC Status Code Mapping"
 */
public final class Grpc {
  private static final byte[] CONTENT_TYPE = ascii("content-type");
  private static final byte[] APPLICATION_GRPC = ascii("application/grpc");
  private static final byte[] TIMEOUT = ascii("grpc-timeout");
  private static final int MAX_DIGITS = 8;

  private static final int UNKNOWN = 2;
  private static final int DEADLINE_EXCEEDED = 4;
  private static final int PERMISSION_DENIED = 7;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int UNIMPLEMENTED = 12;
  private static final int INTERNAL = 13;
  private static final int UNAVAILABLE = 14;
  private static final int UNAUTHENTICATED = 16;

  private Grpc() {}

  /** Whether it is a gRPC request: those take trailers, and say so. */
  static boolean is(RequestHead head) {
    if (head.method() != Method.POST || !head.has(FieldId.TE)) {
      return false;
    }
    int i = find(head, CONTENT_TYPE);
    if (i < 0 || !begins(head.bytes(), head.valueStart(i), head.valueLength(i), APPLICATION_GRPC)) {
      return false;
    }
    int length = head.valueLength(i) - APPLICATION_GRPC.length;
    byte next =
        length == 0 ? (byte) ';' : head.bytes()[head.valueStart(i) + APPLICATION_GRPC.length];
    return next == ';' || next == '+' || next == ' '; // not application/grpc-web
  }

  /** How long the client will wait, in nanoseconds; {@link Long#MAX_VALUE} if it does not say. */
  static long timeoutNanos(RequestHead head) {
    int i = find(head, TIMEOUT);
    int digits = i < 0 ? 0 : head.valueLength(i) - 1;
    if (digits < 1 || digits > MAX_DIGITS) {
      return Long.MAX_VALUE;
    }
    byte[] bytes = head.bytes();
    int start = head.valueStart(i);
    long value = 0;
    for (int p = start; p < start + digits; p++) {
      if (bytes[p] < '0' || bytes[p] > '9') {
        return Long.MAX_VALUE;
      }
      value = value * 10 + bytes[p] - '0';
    }
    return switch (bytes[start + digits]) {
      case 'H' -> TimeUnit.HOURS.toNanos(value);
      case 'M' -> TimeUnit.MINUTES.toNanos(value);
      case 'S' -> TimeUnit.SECONDS.toNanos(value);
      case 'm' -> TimeUnit.MILLISECONDS.toNanos(value);
      case 'u' -> TimeUnit.MICROSECONDS.toNanos(value);
      case 'n' -> value;
      default -> Long.MAX_VALUE;
    };
  }

  /** The gRPC status for an answer of the proxy's own with this HTTP status. */
  public static int status(int http) {
    return switch (http) {
      case 400 -> INTERNAL;
      case 401 -> UNAUTHENTICATED;
      case 403, 451 -> PERMISSION_DENIED;
      case 404, 405, 501 -> UNIMPLEMENTED;
      case 408, 504 -> DEADLINE_EXCEEDED;
      case 413, 414, 431 -> RESOURCE_EXHAUSTED;
      case 429, 502, 503 -> UNAVAILABLE;
      default -> UNKNOWN;
    };
  }

  private static int find(RequestHead head, byte[] name) {
    for (int i = 0; i < head.fieldCount(); i++) {
      if (head.nameLength(i) == name.length
          && begins(head.bytes(), head.nameStart(i), name.length, name)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean begins(byte[] bytes, int start, int length, byte[] lowerCase) {
    if (length < lowerCase.length) {
      return false;
    }
    for (int i = 0; i < lowerCase.length; i++) {
      int b = bytes[start + i];
      if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
