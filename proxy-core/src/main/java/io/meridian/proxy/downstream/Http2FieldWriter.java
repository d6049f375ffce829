package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.HeadBytes;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes response fields in HPACK (RFC 7541) without a dynamic table and without Huffman codes:
 * names and values of the static table by index, the rest as literals. So a block that was written
 * can be taken back, no state is kept for a client, and what a client says of its table changes
 * nothing.
 */
final class Http2FieldWriter {
  private static final int INDEXED = 0x80;
  private static final int LITERAL = 0x00;
  private static final int NEVER_INDEXED = 0x10;
  private static final int STATUS = 8;
  private static final int CONTENT_LENGTH = 28;
  private static final int CONTENT_TYPE = 31;
  private static final int DATE = 33;
  private static final int RETRY_AFTER = 53;

  /** The table's first entry that is none of a request's; names only (RFC 7541, A). */
  private static final int FIRST_NAME = 15;

  private static final byte[][] NAMES =
      names(
          "accept-charset",
          "accept-encoding",
          "accept-language",
          "accept-ranges",
          "accept",
          "access-control-allow-origin",
          "age",
          "allow",
          "authorization",
          "cache-control",
          "content-disposition",
          "content-encoding",
          "content-language",
          "content-length",
          "content-location",
          "content-range",
          "content-type",
          "cookie",
          "date",
          "etag",
          "expect",
          "expires",
          "from",
          "host",
          "if-match",
          "if-modified-since",
          "if-none-match",
          "if-range",
          "if-unmodified-since",
          "last-modified",
          "link",
          "location",
          "max-forwards",
          "proxy-authenticate",
          "proxy-authorization",
          "range",
          "referer",
          "refresh",
          "retry-after",
          "server",
          "set-cookie",
          "strict-transport-security",
          "transfer-encoding",
          "user-agent",
          "vary",
          "via",
          "www-authenticate");

  private static final int SLOTS = 256;
  private static final byte[] TABLE = new byte[SLOTS]; // open addressing, 0 = free

  /** Statuses with an entry of their own, from {@link #STATUS} on. */
  private static final int[] STATUSES = {200, 204, 206, 304, 400, 404, 500};

  private static final byte[] REQUEST_ID = ascii("x-request-id");
  private static final byte[] PROXY_STATUS = ascii("proxy-status");
  private static final byte[] GRPC = ascii("application/grpc");
  private static final byte[] GRPC_STATUS = ascii("grpc-status");
  private static final byte[] GRPC_MESSAGE = ascii("grpc-message");
  private static final byte[] LOCATION = ascii("location");
  private static final byte[] CACHE_CONTROL = ascii("cache-control");
  private static final byte[] VARY = ascii("vary");
  private static final byte[] SET_COOKIE = ascii("set-cookie");
  private static final byte[] TEXT = ascii("text/plain; charset=utf-8");

  /** Bytes that a head may have beside the endpoint's own fields. */
  private static final int OWN_FIELDS = 320;

  /** The proxy's own word on these is the one that counts. */
  private static final long OWN =
      FieldId.bit(FieldId.X_REQUEST_ID) | FieldId.bit(FieldId.X_MERIDIAN);

  static {
    for (int i = 0; i < NAMES.length; i++) {
      int slot = slot(NAMES[i], 0, NAMES[i].length);
      while (TABLE[slot] != 0) {
        slot = slot + 1 & SLOTS - 1;
      }
      TABLE[slot] = (byte) (FIRST_NAME + i);
    }
  }

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
    status(out, webSocket ? 200 : head.status());
    own(out, ownFields);
    fields(out, head, webSocket);
    if (!head.has(FieldId.DATE)) {
      indexedName(out, LITERAL, DATE);
      text(out, date, 0, date.length);
    }
    literal(out, REQUEST_ID);
    text(out, requestId, 0, requestIdLength);
    boolean length = head.body() == BodyKind.LENGTH || describesGet(head);
    if (length && !webSocket) {
      indexedName(out, LITERAL, CONTENT_LENGTH);
      number(out, head.contentLength());
    }
    out.writeTo(to);
  }

  /** A 1xx head. */
  static void informational(ByteBuf to, ResponseHead head) {
    HeadBytes out = HeadBytes.begin();
    status(out, head.status());
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
      if (webSocket && is(bytes, nameStart, nameLength, "sec-websocket-accept")) {
        continue;
      }
      name(out, bytes, nameStart, nameLength);
      text(out, bytes, head.valueStart(i), head.valueLength(i));
    }
  }

  private static void proxyStatus(HeadBytes out, ErrorAnswer answer) {
    if (answer.proxyStatus() != null) {
      String details = answer.reason().isEmpty() ? "" : "; details=\"" + answer.reason() + '"';
      literal(out, PROXY_STATUS);
      byte[] value = ascii("meridian; error=" + answer.proxyStatus() + details);
      text(out, value, 0, value.length);
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
    status(out, answer.status());
    own(out, ownFields);
    indexedName(out, LITERAL, CONTENT_TYPE);
    text(out, TEXT, 0, TEXT.length);
    indexedName(out, LITERAL, CONTENT_LENGTH);
    number(out, length);
    indexedName(out, LITERAL, DATE);
    text(out, date, 0, date.length);
    proxyStatus(out, answer);
    if (!answer.location().isEmpty()) {
      literal(out, LOCATION);
      byte[] value = ascii(answer.location());
      text(out, value, 0, value.length);
    }
    if (!answer.cookie().isEmpty()) {
      field(out, CACHE_CONTROL, "no-store");
      field(out, VARY, "cookie");
      field(out, SET_COOKIE, answer.cookie());
    }
    if (answer.retryAfterSeconds() > 0) {
      indexedName(out, LITERAL, RETRY_AFTER);
      number(out, answer.retryAfterSeconds());
    }
    if (requestIdLength > 0) {
      literal(out, REQUEST_ID);
      text(out, requestId, 0, requestIdLength);
    }
    out.writeTo(to);
  }

  private static void field(HeadBytes out, byte[] name, String text) {
    literal(out, name);
    byte[] value = ascii(text);
    text(out, value, 0, value.length);
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
    status(out, 200);
    indexedName(out, LITERAL, CONTENT_TYPE);
    text(out, GRPC, 0, GRPC.length);
    literal(out, GRPC_STATUS);
    number(out, grpcStatus);
    literal(out, GRPC_MESSAGE);
    byte[] message = ascii(answer.text()); // without a character that would be percent-encoded
    text(out, message, 0, message.length);
    indexedName(out, LITERAL, DATE);
    text(out, date, 0, date.length);
    proxyStatus(out, answer);
    if (requestIdLength > 0) {
      literal(out, REQUEST_ID);
      text(out, requestId, 0, requestIdLength);
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
      name(out, bytes, at, colon - at);
      int value = bytes[colon + 1] == ' ' ? colon + 2 : colon + 1;
      text(out, bytes, value, end - value);
      at = end + 2;
    }
  }

  private static void status(HeadBytes out, int status) {
    for (int i = 0; i < STATUSES.length; i++) {
      if (STATUSES[i] == status) {
        out.writeByte(INDEXED | STATUS + i);
        return;
      }
    }
    indexedName(out, LITERAL, STATUS);
    number(out, status);
  }

  /** A length that describes what a GET would have got: HEAD and 304. */
  private static boolean describesGet(ResponseHead head) {
    return head.body() == BodyKind.NONE
        && head.contentLength() >= 0
        && head.status() >= 200
        && head.status() != 204;
  }

  private static void name(HeadBytes out, byte[] b, int start, int length) {
    int index = indexOf(b, start, length);
    if (index > 0) {
      // Cookies are secrets: nobody on the way may keep them (RFC 7541, 7.1.3).
      indexedName(out, is(b, start, length, "set-cookie") ? NEVER_INDEXED : LITERAL, index);
      return;
    }
    out.writeByte(LITERAL);
    integer(out, 0, 7, length);
    for (int i = start; i < start + length; i++) {
      out.writeByte(lower(b[i]));
    }
  }

  private static void literal(HeadBytes out, byte[] name) {
    out.writeByte(LITERAL);
    text(out, name, 0, name.length);
  }

  private static void indexedName(HeadBytes out, int kind, int index) {
    integer(out, kind, 4, index);
  }

  private static void text(HeadBytes out, byte[] b, int start, int length) {
    integer(out, 0, 7, length);
    out.writeBytes(b, start, length);
  }

  private static void number(HeadBytes out, long value) {
    integer(out, 0, 7, HeadBytes.digits(value));
    out.writeDecimal(value);
  }

  /** An integer with a prefix of so many bits (RFC 7541, 5.1). */
  private static void integer(HeadBytes out, int kind, int bits, int value) {
    int max = (1 << bits) - 1;
    if (value < max) {
      out.writeByte(kind | value);
      return;
    }
    out.writeByte(kind | max);
    int rest = value - max;
    while (rest >= 0x80) {
      out.writeByte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  /** The static table's index of a name in whatever case, 0 if it has none. */
  private static int indexOf(byte[] b, int start, int length) {
    int slot = slot(b, start, length);
    for (int index = TABLE[slot]; index != 0; index = TABLE[slot]) {
      if (is(b, start, length, NAMES[index - FIRST_NAME])) {
        return index;
      }
      slot = slot + 1 & SLOTS - 1;
    }
    return 0;
  }

  private static int slot(byte[] b, int start, int length) {
    return length * 29 + (b[start] | 0x20) * 7 + (b[start + length - 1] | 0x20) & SLOTS - 1;
  }

  private static boolean is(byte[] b, int start, int length, byte[] lower) {
    if (length != lower.length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(b[start + i]) != lower[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean is(byte[] b, int start, int length, String lower) {
    if (length != lower.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(b[start + i]) != lower.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int lower(byte c) {
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
  }

  private static byte[][] names(String... names) {
    return Arrays.stream(names).map(Http2FieldWriter::ascii).toArray(byte[][]::new);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
