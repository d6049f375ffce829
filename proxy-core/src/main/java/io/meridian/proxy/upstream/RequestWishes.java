package io.meridian.proxy.upstream;

import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;
import io.netty.util.AsciiString;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** What a request asks for in HTTP/1.1 that HTTP/2 says in another way. */
final class RequestWishes {
  private static final AsciiString WEBSOCKET_GUID =
      AsciiString.cached("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");

  private RequestWishes() {}

  /** Whether its client takes trailers (RFC 9110, 10.1.4). */
  static boolean trailers(RequestHead request) {
    int te = request.indexOf(FieldId.TE);
    return te >= 0
        && AsciiString.contentEqualsIgnoreCase(
            "trailers",
            new AsciiString(
                request.bytes(), request.valueStart(te), request.valueLength(te), false));
  }

  /** Sec-WebSocket-Accept for the client's key (RFC 6455, 4.2.2). */
  static CharSequence webSocketAccept(RequestHead request) {
    int key = request.indexOf(FieldId.SEC_WEBSOCKET_KEY);
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      if (key >= 0) {
        sha1.update(request.bytes(), request.valueStart(key), request.valueLength(key));
      }
      sha1.update(WEBSOCKET_GUID.array());
      return AsciiString.of(Base64.getEncoder().encodeToString(sha1.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
