package io.meridian.proxy.cache;

import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What of a stored answer goes out behind its head.
 *
 * @param from first byte of the body, none if it is {@code to}
 * @param to behind the last
 */
@SuppressWarnings("ArrayRecordComponent") // written out, never compared
public record Content(int status, byte[] body, int from, int to) {

  /**
   * Fills a head for a stored answer: whole, a part, or a 304 to who has it already.
   *
   * @param method of the request, of {@link Method}
   * @param conditions of the request
   * @param age in seconds
   * @param note of the cache, as {@code Cache-Status} has it behind our name
   */
  static Content render(
      StoredResponse stored,
      int method,
      Conditions conditions,
      long age,
      String note,
      ResponseHead into) {
    byte[] own = ascii("Age: " + age + "\r\nCache-Status: meridian; " + note + "\r\n");
    into.expectFor(method);
    byte[] body = stored.body();
    if (conditions.conditional() && conditions.notModified(stored)) {
      Rendering.parse(into, 304, List.of(stored.lines(), own), -1);
      Rendering.withoutContent(into);
      return new Content(304, body, 0, 0);
    }
    ByteRange part = method == Method.GET ? conditions.part(stored) : null;
    if (part != null && !part.satisfiable()) {
      byte[] range = ascii("Content-Range: bytes */" + body.length + "\r\n");
      Rendering.parse(into, 416, List.of(stored.lines(), own, range), 0);
      return new Content(416, body, 0, 0);
    }
    if (part != null) {
      String last = (part.to() - 1) + "/" + body.length;
      byte[] range = ascii("Content-Range: bytes " + part.from() + "-" + last + "\r\n");
      int length = part.to() - part.from();
      Rendering.parse(into, 206, List.of(stored.lines(), own, range), length);
      return new Content(206, body, part.from(), part.to());
    }
    Rendering.parse(into, stored.status(), List.of(stored.lines(), own), body.length);
    boolean bodiless = into.body() == BodyKind.NONE;
    return new Content(stored.status(), body, 0, bodiless ? 0 : body.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
