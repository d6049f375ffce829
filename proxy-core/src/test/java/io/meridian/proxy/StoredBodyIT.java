package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Stored bodies on their way to and fro, over each kind of socket. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class StoredBodyIT {
  private static final String FRESH = "Cache-Control: max-age=600\r\n";

  @Parameter String transport = "";

  private Proxy before(Origin origin) throws IOException {
    return Proxy.on(transport)
        .region("one", origin)
        .with("routes", "[{ name: all, cache: {} }]")
        .start();
  }

  private static void answer(Wire wire, String body) throws IOException {
    wire.send(
        "HTTP/1.1 200 OK\r\n" + FRESH + "Content-Length: " + body.length() + "\r\n\r\n" + body);
  }

  @Test
  void a_client_of_http_2_gets_the_same() throws Exception {
    String body = "0123456789".repeat(30_000);
    try (Origin origin = Origin.answering((wire, _) -> answer(wire, body));
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      assertEquals(body, client.answer(client.get("/")).text());
      H2Wire.Answer hit = client.answer(client.get("/"));
      assertEquals(body, hit.text());
      assertTrue(hit.value("cache-status").startsWith("meridian; hit"));
      assertEquals(1, origin.requests().size());
    }
  }

  @Test
  void a_large_answer_goes_out_as_its_client_takes_it() throws Exception {
    String body = "0123456789abcdef".repeat(200_000);
    try (Origin origin = Origin.answering((wire, _) -> answer(wire, body));
        Proxy proxy = before(origin)) {
      assertEquals(body, proxy.get("/").body());
      try (Wire narrow = Wire.connectNarrow(proxy.port());
          Wire gone = Wire.connectNarrow(proxy.port())) {
        gone.get("/").head();
        narrow.get("/").send("GET /?2 HTTP/1.1\r\nHost: a.test\r\n\r\n");
        assertEquals(body, narrow.response().body());
        assertEquals(body, narrow.response().body());
      }
      assertEquals(2, origin.requests().size());
    }
  }

  @Test
  void an_answer_that_breaks_off_is_not_stored() throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) -> {
              wire.send("HTTP/1.1 200 OK\r\n" + FRESH + "Content-Length: 100000\r\n\r\n");
              wire.send("x".repeat(50_000)).leave();
            });
        Proxy proxy = before(origin)) {
      for (int i = 0; i < 2; i++) {
        try (Wire client = proxy.client()) {
          client.get("/").awaitEnd();
        }
      }
      assertEquals(0, proxy.metric("meridian_cache_entries"));
    }
    try (Origin origin =
            Origin.script(wire -> {
              while (wire.requestHead() != null) {
                wire.send("HTTP/1.1 200 OK\r\n" + FRESH + "\r\nno end is known").leave();
              }
            });
        Proxy proxy = before(origin)) {
      assertEquals("no end is known", proxy.get("/").body());
      assertEquals(0, proxy.metric("meridian_cache_entries"));
    }
  }
}
