package io.meridian.proxy.cache;

import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Heads of messages from their text; fields are separated by {@code |}. */
final class Heads {
  private static final HeadLimits LIMITS = new HeadLimits(8192, 65_536, 100);

  private Heads() {}

  static RequestHead get(String target, String fields) {
    return request("GET", target, fields);
  }

  static RequestHead request(String method, String target, String fields) {
    RequestHead head = new RequestHead(LIMITS);
    String text = method + " " + target + " HTTP/1.1\r\nHost: a.test\r\n" + lines(fields) + "\r\n";
    if (head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)) != Parse.DONE) {
      throw new AssertionError(text + head.fault());
    }
    return head;
  }

  static ResponseHead answer(int status, String fields) {
    ResponseHead head = new ResponseHead(LIMITS);
    head.expectFor(Method.GET);
    String text = "HTTP/1.1 " + status + " So\r\n" + lines(fields) + "\r\n";
    if (head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)) != Parse.DONE) {
      throw new AssertionError(text + head.fault());
    }
    return head;
  }

  private static String lines(String fields) {
    return fields.isEmpty() ? "" : fields.replace("|", "\r\n") + "\r\n";
  }
}
