package io.meridian.proxy.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Map;

/**
 * A response's fields as the head that HTTP/1.1 would have, so that one strict parser judges both.
 * Framing becomes explicit: what has no Content-Length is in chunks, what ends with its head has
 * none of it. Pure.
 *
 * @see "RFC 9113, 8.1 to 8.3"
 */
public final class ResponseFields {
  private static final AsciiString STATUS = AsciiString.cached(":status");
  private static final AsciiString LENGTH = AsciiString.cached("content-length");
  private static final AsciiString ACCEPT = AsciiString.cached("sec-websocket-accept");

  private ResponseFields() {}

  /** Room for {@link #write}. */
  public static int size(Http2Headers fields) {
    return Sections.size(fields);
  }

  /**
   * Writes a head.
   *
   * @param ends whether the stream ends with it
   * @param head whether it answers HEAD
   * @return false if it is malformed
   */
  public static boolean write(Http2Headers fields, boolean ends, boolean head, ByteBuf out) {
    int status = status(fields);
    if (status < 100 || status == 101 || (status < 200 && ends)) {
      return false;
    }
    statusLine(out, status);
    if (!lines(fields, out, false)) {
      return false;
    }
    boolean bodiless = head || status < 200 || status == 204 || status == 304;
    CharSequence length = fields.get(LENGTH);
    if (length == null && !bodiless) {
      ByteBufUtil.writeAscii(
          out, ends ? "content-length: 0\r\n" : "transfer-encoding: chunked\r\n");
    } else if (length != null && ends && !bodiless && !"0".contentEquals(length)) {
      return false; // a body that never comes
    }
    ByteBufUtil.writeAscii(out, "\r\n");
    return true;
  }

  /**
   * Writes 101 for a 2xx to an extended CONNECT (RFC 8441, 5).
   *
   * @param accept what the client's key calls for (RFC 6455, 4.2.2)
   */
  public static boolean writeUpgraded(Http2Headers fields, CharSequence accept, ByteBuf out) {
    ByteBufUtil.writeAscii(
        out,
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            + "sec-websocket-accept: ");
    Sections.write(out, accept);
    ByteBufUtil.writeAscii(out, "\r\n");
    boolean sound = lines(fields, out, true);
    ByteBufUtil.writeAscii(out, "\r\n");
    return sound;
  }

  /** 100 to 999; -1 if there is no single :status of three digits. */
  public static int status(Http2Headers fields) {
    CharSequence text = Sections.single(fields, STATUS);
    if (text == null || text.length() != 3) {
      return -1;
    }
    int status = 0;
    for (int i = 0; i < 3; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      status = status * 10 + c - '0';
    }
    return status < 100 ? -1 : status;
  }

  private static void statusLine(ByteBuf out, int status) {
    ByteBufUtil.writeAscii(out, "HTTP/1.1 ");
    out.writeByte('0' + status / 100)
        .writeByte('0' + status / 10 % 10)
        .writeByte('0' + status % 10);
    ByteBufUtil.writeAscii(out, " \r\n");
  }

  private static boolean lines(Http2Headers fields, ByteBuf out, boolean upgraded) {
    boolean regular = false;
    for (Map.Entry<CharSequence, CharSequence> field : fields) {
      CharSequence name = field.getKey();
      if (!name.isEmpty() && name.charAt(0) == ':') {
        if (regular || !STATUS.contentEquals(name)) {
          return false;
        }
        continue;
      }
      regular = true;
      if (Sections.connectionSpecific(name)) {
        return false;
      }
      if (upgraded && (LENGTH.contentEquals(name) || ACCEPT.contentEquals(name))) {
        continue;
      }
      if (!Sections.writeLine(out, name, field.getValue())) {
        return false;
      }
    }
    return true;
  }

  /** Writes a trailer section, with its empty line; false if it is malformed. */
  public static boolean writeTrailers(Http2Headers fields, ByteBuf out) {
    for (Map.Entry<CharSequence, CharSequence> field : fields) {
      if (Sections.connectionSpecific(field.getKey())
          || !Sections.writeLine(out, field.getKey(), field.getValue())) {
        return false; // a pseudo-header field is no token (RFC 9113, 8.1)
      }
    }
    ByteBufUtil.writeAscii(out, "\r\n");
    return true;
  }
}
