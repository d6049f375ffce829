package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class LoopIT {
  @Test
  void a_region_that_is_another_edge_is_fine() throws Exception {
    try (Origin origin = Origin.saying("there");
        Proxy inner = Proxy.on("nio").region("one", origin).start();
        Proxy outer =
            Proxy.on("nio")
                .region("one", "http://127.0.0.1:" + inner.port(), inner.port(), "")
                .start()) {
      assertEquals("there", outer.get("/").body());
      assertEquals(
          "1.1 meridian-edge, 1.1 meridian-edge", origin.requests().getFirst().value("Via"));
    }
  }

  @Test
  void a_request_that_goes_round_is_cut() throws Exception {
    try (Origin origin = Origin.saying("there");
        Proxy proxy =
            Proxy.on("nio").with("edge", "{ name: fra-1 }").region("one", origin).start();
        Wire client = proxy.client()) {
      client.get("/", "Via: 1.1 meridian-fra-1, 1.1 other, 1.1 meridian-fra-1\r\n");
      Wire.Message answer = client.response();
      assertEquals(502, answer.status());
      assertTrue(
          answer.value("Proxy-Status").contains("proxy_loop_detected"),
          answer.value("Proxy-Status"));
      assertEquals(0, origin.requests().size());
    }
  }
}
