package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.HeadBytes;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes heads of HTTP/1.1 responses; framing and connection fields are always made anew. */
final class ResponseWriter {
  private static final byte[] HTTP11 = ascii("HTTP/1.1 ");
  private static final byte[] CRLF = ascii("\r\n");
  private static final byte[] DATE = ascii("Date: ");
  private static final byte[] LENGTH = ascii("Content-Length: ");
  private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
  private static final byte[] CLOSE = ascii("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
  private static final byte[] UPGRADE = ascii("Connection: upgrade\r\nUpgrade: websocket\r\n");
  private static final byte[] REQUEST_ID = ascii("X-Request-Id: ");

  private static final int OWN_FIELDS = 320;

  /** The proxy's own word on these is the one that counts. */
  private static final long OWN =
      FieldId.bit(FieldId.X_REQUEST_ID) | FieldId.bit(FieldId.X_MERIDIAN);

  /** How the body of an answer is delimited towards the client. */
  enum Framing {
    NONE,
    LENGTH,
    CHUNKED,
    CLOSE
  }

  private ResponseWriter() {}

  static int size(ResponseHead head) {
    return head.length() + OWN_FIELDS;
  }

  /** How this answer's body goes to a client of that version. */
  static Framing framing(ResponseHead head, int clientMinorVersion) {
    return switch (head.body()) {
      case NONE -> Framing.NONE;
      case LENGTH -> Framing.LENGTH;
      case CHUNKED, UNTIL_CLOSE -> clientMinorVersion > 0 ? Framing.CHUNKED : Framing.CLOSE;
    };
  }

  static void relay(
      ByteBuf to,
      ResponseHead head,
      Framing framing,
      boolean keepAlive,
      int clientMinorVersion,
      byte[] date,
      byte[] requestId,
      int requestIdLength,
      byte[] ownFields) {
    HeadBytes out = HeadBytes.begin();
    startLine(out, head);
    out.writeBytes(ownFields); // first: of several Strict-Transport-Security the first counts
    head.copyFields(out, OWN);
    if (!head.has(FieldId.DATE)) {
      out.writeBytes(DATE).writeBytes(date).writeBytes(CRLF);
    }
    out.writeBytes(REQUEST_ID).writeBytes(requestId, 0, requestIdLength).writeBytes(CRLF);
    if (framing == Framing.CHUNKED) {
      out.writeBytes(CHUNKED);
    } else if (framing == Framing.LENGTH || announcesLength(head)) {
      out.writeBytes(LENGTH);
      out.writeDecimal(head.contentLength());
      out.writeBytes(CRLF);
    }
    if (head.upgraded()) {
      out.writeBytes(UPGRADE);
    } else {
      connection(out, keepAlive, clientMinorVersion);
    }
    out.writeBytes(CRLF);
    out.writeTo(to);
  }

  static void informational(ByteBuf to, ResponseHead head) {
    HeadBytes out = HeadBytes.begin();
    startLine(out, head);
    head.copyFields(out, OWN);
    out.writeBytes(CRLF);
    out.writeTo(to);
  }

  static void error(
      ByteBuf to,
      ErrorAnswer answer,
      boolean headRequest,
      boolean keepAlive,
      int clientMinorVersion,
      byte[] date,
      byte @Nullable [] requestId,
      int requestIdLength,
      byte[] ownFields) {
    String reason = HttpResponseStatus.valueOf(answer.status()).reasonPhrase();
    String body = text(answer);
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 ").append(answer.status()).append(' ').append(reason);
    head.append("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ");
    head.append(body.length()).append("\r\nDate: ");
    head.append(new String(date, StandardCharsets.US_ASCII));
    if (answer.proxyStatus() != null) {
      head.append("\r\nProxy-Status: meridian; error=").append(answer.proxyStatus());
      if (!answer.reason().isEmpty()) {
        head.append("; details=\"").append(answer.reason()).append('"');
      }
    }
    if (answer.retryAfterSeconds() > 0) {
      head.append("\r\nRetry-After: ").append(answer.retryAfterSeconds());
    }
    if (!answer.location().isEmpty()) {
      head.append("\r\nLocation: ").append(answer.location());
    }
    if (!answer.cookie().isEmpty()) {
      head.append("\r\nCache-Control: no-store\r\nVary: Cookie\r\nSet-Cookie: ");
      head.append(answer.cookie());
    }
    head.append("\r\n");
    HeadBytes out = HeadBytes.begin();
    out.writeAscii(head).writeBytes(ownFields);
    if (requestId != null && requestIdLength > 0) {
      out.writeBytes(REQUEST_ID).writeBytes(requestId, 0, requestIdLength).writeBytes(CRLF);
    }
    connection(out, keepAlive, clientMinorVersion);
    out.writeBytes(CRLF);
    if (!headRequest) {
      out.writeAscii(body);
    }
    out.writeTo(to);
  }

  /** The body of an answer of the proxy's own. */
  static String text(ErrorAnswer answer) {
    String reason = HttpResponseStatus.valueOf(answer.status()).reasonPhrase();
    return answer.status() + " " + reason + ": " + answer.text() + "\n";
  }

  private static void startLine(HeadBytes out, ResponseHead head) {
    out.writeBytes(HTTP11);
    int status = head.status();
    out.writeByte('0' + status / 100);
    out.writeByte('0' + status / 10 % 10);
    out.writeByte('0' + status % 10);
    out.writeByte(' ');
    out.writeBytes(head.bytes(), head.reasonStart(), head.reasonLength());
    out.writeBytes(CRLF);
  }

  /** A length that describes what a GET would have got: HEAD and 304. */
  private static boolean announcesLength(ResponseHead head) {
    return head.body() == BodyKind.NONE
        && head.contentLength() >= 0
        && head.status() >= 200
        && head.status() != 204;
  }

  private static void connection(HeadBytes out, boolean keepAlive, int clientMinorVersion) {
    if (!keepAlive) {
      out.writeBytes(CLOSE);
    } else if (clientMinorVersion == 0) {
      out.writeBytes(KEEP_ALIVE);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
