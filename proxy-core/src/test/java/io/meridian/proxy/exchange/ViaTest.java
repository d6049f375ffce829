package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.RequestHead;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ViaTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.1 other | false",
        "1.1 meridian-fra | false",
        "1.1 meridian-fra, 1.1 other | false",
        "1.1 meridian-fra, 1.1 meridian-fra | true",
        "1.1 meridian-fra,2.0 meridian-fra | true",
        "1.1 meridian-fra (a comment), 1.1 meridian-fra | true",
        "1.1 meridian-fra-2, 1.1 meridian-fra | false",
        "1.1 xmeridian-fra, 1.1 meridian-fra | false",
      })
  void the_third_visit_is_a_loop(String via, boolean loop) {
    assertEquals(loop, new Via("fra").loops(head("Via: " + via)));
    assertEquals(loop, new Via("fra").loops(head("Via: " + via.replace(",", "\r\nVia:"))));
  }

  private static RequestHead head(String field) {
    RequestHead head = new RequestHead(new HeadLimits(1024, 4096, 20));
    String text = "GET / HTTP/1.1\r\nHost: x\r\n" + field + "\r\n\r\n";
    head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    return head;
  }
}
