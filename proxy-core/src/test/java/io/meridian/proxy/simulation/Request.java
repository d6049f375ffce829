package io.meridian.proxy.simulation;

import io.meridian.config.MeridianConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One request of a client, and what became of it. */
final class Request {
  /** How it ended for the client. */
  enum End {
    /** Not yet. */
    NONE,
    /** A whole answer. */
    ANSWERED,
    /** Cut, and the client can tell. */
    ABORTED,
    /** The client had gone before. */
    LEFT
  }

  final int id;
  final String method;
  final boolean keyed;
  final int route;
  final boolean fenced;
  final int bodyLength;
  final boolean chunked;
  final int minorVersion;

  /** Where it may go: as configured when it began, and what reloads add. */
  Set<String> allowed = Set.of();

  /** Regions that the proxy thought usable when it arrived. */
  final Set<String> usable = new HashSet<>();

  @Nullable MeridianConfig config;
  long deadlineNanos;
  long arrivedNanos;
  boolean arrived;
  boolean bodyDone;
  long firstByteNanos;
  boolean begun;
  End end = End.NONE;
  int status;
  long endNanos;

  /** Every sending of it to an endpoint. */
  final List<Network.Send> sends = new ArrayList<>();

  Request(
      int id,
      String method,
      boolean keyed,
      int route,
      boolean fenced,
      int bodyLength,
      boolean chunked,
      int minorVersion) {
    this.id = id;
    this.method = method;
    this.keyed = keyed;
    this.route = route;
    this.fenced = fenced;
    this.bodyLength = bodyLength;
    this.chunked = chunked;
    this.minorVersion = minorVersion;
  }

  boolean repeatable() {
    return keyed || !(method.equals("POST") || method.equals("PATCH"));
  }

  byte[] head() {
    StringBuilder text = new StringBuilder(method).append(" /r").append(route).append("/x HTTP/1.");
    text.append(minorVersion).append("\r\nHost: example.com\r\nX-Id: ").append(id).append("\r\n");
    if (keyed) {
      text.append("Idempotency-Key: k").append(id).append("\r\n");
    }
    if (chunked) {
      text.append("Transfer-Encoding: chunked\r\n");
    } else if (bodyLength > 0 || !repeatable()) {
      text.append("Content-Length: ").append(bodyLength).append("\r\n");
    }
    return text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** Its body as it goes over the wire. */
  byte[] body() {
    byte[] content = Answer.body(id, bodyLength);
    if (!chunked) {
      return content;
    }
    var out = new java.io.ByteArrayOutputStream();
    for (int at = 0; at < bodyLength; at += 5_000) {
      int size = Math.min(5_000, bodyLength - at);
      out.writeBytes((Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(content, at, size);
      out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  @Override
  public String toString() {
    return "#"
        + id
        + " "
        + method
        + (keyed ? "+key" : "")
        + " r"
        + route
        + (fenced ? " fenced" : "")
        + " body "
        + bodyLength
        + (chunked ? " chunked" : "");
  }
}
