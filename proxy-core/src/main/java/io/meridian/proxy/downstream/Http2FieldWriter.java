package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.HeadBytes;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Writes the header blocks of answers, in the words of {@link Hpack}. */
final class Http2FieldWriter {
  private static final byte[] REQUEST_ID = Hpack.ascii("x-request-id");
  private static final byte[] PROXY_STATUS = Hpack.ascii("proxy-status");
  private static final byte[] GRPC = Hpack.ascii("application/grpc");
  private static final byte[] GRPC_STATUS = Hpack.ascii("grpc-status");
  private static final byte[] GRPC_MESSAGE = Hpack.ascii("grpc-message");
  private static final byte[] LOCATION = Hpack.ascii("location");
  private static final byte[] CACHE_CONTROL = Hpack.ascii("cache-control");
  private static final byte[] VARY = Hpack.ascii("vary");
  private static final byte[] SET_COOKIE = Hpack.ascii("set-cookie");
  private static final byte[] TEXT = Hpack.ascii("text/plain; charset=utf-8");

  /** Bytes that a head may have beside the endpoint's own fields. */
  private static final int OWN_FIELDS = 320;

  /** The proxy's own word on these is the one that counts. */
  private static final long OWN =
      FieldId.bit(FieldId.X_REQUEST_ID) | FieldId.bit(FieldId.X_MERIDIAN);

  private Http2FieldWriter() {}

  /**
   * Room that {@link #relay} needs at most: a name and a value take up to 6 bytes beside theirs.
   */
  static int size(ResponseHead head) {
    return head.length() + 8 * head.fieldCount() + OWN_FIELDS;
  }

  /** The head of an endpoint's answer; {@code webSocket}: 101 is told as 200 (RFC 8441, 5). */
  static void relay(
      ByteBuf to,
      ResponseHead head,
      boolean webSocket,
      byte[] date,
      byte[] requestId,
      int requestIdLength,
      byte[] ownFields) {
    HeadBytes out = HeadBytes.begin();
    Hpack.status(out, webSocket ? 200 : head.status());
    own(out, ownFields);
    fields(out, head, webSocket);
    if (!head.has(FieldId.DATE)) {
      Hpack.indexedName(out, Hpack.DATE);
      Hpack.text(out, date, 0, date.length);
    }
    Hpack.literal(out, REQUEST_ID);
    Hpack.text(out, requestId, 0, requestIdLength);
    boolean length = head.body() == BodyKind.LENGTH || describesGet(head);
    if (length && !webSocket) {
      Hpack.indexedName(out, Hpack.CONTENT_LENGTH);
      Hpack.number(out, head.contentLength());
    }
    out.writeTo(to);
  }

  /** A 1xx head. */
  static void informational(ByteBuf to, ResponseHead head) {
    HeadBytes out = HeadBytes.begin();
    Hpack.status(out, head.status());
    fields(out, head, false);
    out.writeTo(to);
  }

  private static void fields(HeadBytes out, ResponseHead head, boolean webSocket) {
    byte[] bytes = head.bytes();
    for (int i = 0, n = head.fieldCount(); i < n; i++) {
      int id = head.fieldId(i);
      if (!head.endToEnd(i) || (OWN >>> id & 1) != 0) {
        continue;
      }
      int nameStart = head.nameStart(i);
      int nameLength = head.nameLength(i);
      if (webSocket && Hpack.is(bytes, nameStart, nameLength, "sec-websocket-accept")) {
        continue;
      }
      Hpack.name(out, bytes, nameStart, nameLength);
      Hpack.text(out, bytes, head.valueStart(i), head.valueLength(i));
    }
  }

  private static void proxyStatus(HeadBytes out, ErrorAnswer answer) {
    if (answer.proxyStatus() != null) {
      String details = answer.reason().isEmpty() ? "" : "; details=\"" + answer.reason() + '"';
      Hpack.literal(out, PROXY_STATUS);
      byte[] value = Hpack.ascii("meridian; error=" + answer.proxyStatus() + details);
      Hpack.text(out, value, 0, value.length);
    }
  }

  /** An answer of the proxy's own; the length is that of its body. */
  static void error(
      ByteBuf to,
      ErrorAnswer answer,
      int length,
      byte[] date,
      byte[] requestId,
      int requestIdLength,
      byte[] ownFields) {
    HeadBytes out = HeadBytes.begin();
    Hpack.status(out, answer.status());
    own(out, ownFields);
    Hpack.indexedName(out, Hpack.CONTENT_TYPE);
    Hpack.text(out, TEXT, 0, TEXT.length);
    Hpack.indexedName(out, Hpack.CONTENT_LENGTH);
    Hpack.number(out, length);
    Hpack.indexedName(out, Hpack.DATE);
    Hpack.text(out, date, 0, date.length);
    proxyStatus(out, answer);
    if (!answer.location().isEmpty()) {
      Hpack.literal(out, LOCATION);
      byte[] value = Hpack.ascii(answer.location());
      Hpack.text(out, value, 0, value.length);
    }
    if (!answer.cookie().isEmpty()) {
      field(out, CACHE_CONTROL, "no-store");
      field(out, VARY, "cookie");
      field(out, SET_COOKIE, answer.cookie());
    }
    if (answer.retryAfterSeconds() > 0) {
      Hpack.indexedName(out, Hpack.RETRY_AFTER);
      Hpack.number(out, answer.retryAfterSeconds());
    }
    if (requestIdLength > 0) {
      Hpack.literal(out, REQUEST_ID);
      Hpack.text(out, requestId, 0, requestIdLength);
    }
    out.writeTo(to);
  }

  private static void field(HeadBytes out, byte[] name, String text) {
    Hpack.literal(out, name);
    byte[] value = Hpack.ascii(text);
    Hpack.text(out, value, 0, value.length);
  }

  /** A gRPC error: Trailers-Only, in which the one block holds the status. */
  static void grpcError(
      ByteBuf to,
      int grpcStatus,
      ErrorAnswer answer,
      byte[] date,
      byte[] requestId,
      int requestIdLength) {
    HeadBytes out = HeadBytes.begin();
    Hpack.status(out, 200);
    Hpack.indexedName(out, Hpack.CONTENT_TYPE);
    Hpack.text(out, GRPC, 0, GRPC.length);
    Hpack.literal(out, GRPC_STATUS);
    Hpack.number(out, grpcStatus);
    Hpack.literal(out, GRPC_MESSAGE);
    byte[] message =
        Hpack.ascii(answer.text()); // without a character that would be percent-encoded
    Hpack.text(out, message, 0, message.length);
    Hpack.indexedName(out, Hpack.DATE);
    Hpack.text(out, date, 0, date.length);
    proxyStatus(out, answer);
    if (requestIdLength > 0) {
      Hpack.literal(out, REQUEST_ID);
      Hpack.text(out, requestId, 0, requestIdLength);
    }
    out.writeTo(to);
  }

  /** The listener's own, first: of several Strict-Transport-Security the first counts. */
  private static void own(HeadBytes out, byte[] fields) {
    if (fields.length > 0) {
      lines(out, Unpooled.wrappedBuffer(fields));
    }
  }

  /**
   * Field lines in HTTP/1.1's form, as {@link io.meridian.proxy.http.Body#copyTrailers} has them.
   */
  static void lines(ByteBuf to, ByteBuf lines) {
    HeadBytes out = HeadBytes.begin();
    lines(out, lines);
    out.writeTo(to);
  }

  private static void lines(HeadBytes out, ByteBuf lines) {
    byte[] bytes = new byte[lines.readableBytes()];
    lines.readBytes(bytes);
    int at = 0;
    while (at < bytes.length) {
      int colon = at;
      while (bytes[colon] != ':') {
        colon++;
      }
      int end = colon;
      while (bytes[end] != '\r') {
        end++;
      }
      Hpack.name(out, bytes, at, colon - at);
      int value = bytes[colon + 1] == ' ' ? colon + 2 : colon + 1;
      Hpack.text(out, bytes, value, end - value);
      at = end + 2;
    }
  }

  /** A length that describes what a GET would have got: HEAD and 304. */
  private static boolean describesGet(ResponseHead head) {
    return head.body() == BodyKind.NONE
        && head.contentLength() >= 0
        && head.status() >= 200
        && head.status() != 204;
  }
}
