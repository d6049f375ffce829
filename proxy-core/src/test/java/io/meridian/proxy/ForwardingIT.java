package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What an origin is told of the client, and whose word counts for it. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class ForwardingIT {
  private static final String CLAIMS =
      "X-Forwarded-For: 203.0.113.9, 10.1.1.1\r\nX-Forwarded-Proto: https\r\n"
          + "X-Forwarded-Host: public.test\r\nX-Forwarded-Port: 443\r\nForwarded: for=1.2.3.4\r\n"
          + "X-Real-IP: 1.2.3.4\r\nX-Request-Id: mine\r\nX-Geo-Country: XX\r\n"
          + "X-Meridian-Region: moon\r\nX-Forwarded-Prefix: /p\r\nVia: 1.0 first\r\n";
  private static final String PLACES =
      "{ overrides: [{ prefix: 203.0.113.0/24, country: AT, continent: EU, subdivision: \"9\" }] }";

  @Parameter String transport = "";

  @Test
  void an_untrusted_peer_is_the_client_whatever_it_says() throws Exception {
    try (Origin origin = Origin.saying("ok");
        Proxy proxy = Proxy.on(transport).region("one", origin).with("geo", PLACES).start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.get("/", CLAIMS).response();
      Wire.Message request = origin.requests().getFirst();
      assertEquals("127.0.0.1", request.value("X-Forwarded-For"));
      assertEquals("http", request.value("X-Forwarded-Proto"));
      assertEquals("a.test", request.value("X-Forwarded-Host"));
      assertEquals(Integer.toString(proxy.port()), request.value("X-Forwarded-Port"));
      assertEquals("1.0 first, 1.1 meridian-edge", request.value("Via"));
      assertEquals("one", request.value("X-Meridian-Region"));
      assertEquals(32, request.value("X-Request-Id").length());
      assertEquals(request.value("X-Request-Id"), answer.value("X-Request-Id"));
      for (String name :
          new String[] {"Forwarded", "X-Real-IP", "X-Geo-Country", "X-Forwarded-Prefix"}) {
        assertFalse(request.has(name), name);
      }
      assertEquals("127.0.0.1", proxy.log(1).getFirst().get("client_ip").asText());
    }
  }

  @Test
  void a_trusted_peer_is_believed_and_continued() throws Exception {
    try (Origin origin = Origin.saying("ok");
        Proxy proxy =
            Proxy.on(transport)
                .region("one", origin)
                .with(
                    "listeners",
                    "[{ name: public, address: \"127.0.0.1:0\","
                        + " trusted_proxies: [127.0.0.0/8, 10.0.0.0/8] }]")
                .with("geo", PLACES)
                .start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.get("/", CLAIMS).response();
      Wire.Message request = origin.requests().getFirst();
      assertEquals("203.0.113.9, 10.1.1.1, 127.0.0.1", request.value("X-Forwarded-For"));
      assertEquals("https", request.value("X-Forwarded-Proto"));
      assertEquals("public.test", request.value("X-Forwarded-Host"));
      assertEquals("443", request.value("X-Forwarded-Port"));
      assertEquals("mine", request.value("X-Request-Id"));
      assertEquals("mine", answer.value("X-Request-Id"));
      assertEquals("AT", request.value("X-Geo-Country"));
      assertEquals("EU", request.value("X-Geo-Continent"));
      assertEquals("9", request.value("X-Geo-Subdivision"));
      assertEquals("one", request.value("X-Meridian-Region"));
      var line = proxy.log(1).getFirst();
      assertEquals("203.0.113.9", line.get("client_ip").asText());
      assertEquals("127.0.0.1", line.get("peer_ip").asText());
      assertEquals("AT", line.get("client_country").asText());
    }
  }

  @Test
  void a_fence_binds_by_the_clients_country() throws Exception {
    try (Origin near = Origin.saying("near");
        Origin far = Origin.saying("far");
        Proxy proxy =
            Proxy.on(transport)
                .region("near", near)
                .region("far", far)
                .trusting("127.0.0.0/8")
                .with("geo", PLACES)
                .with(
                    "fences",
                    "[{ name: home, when: { client_country: [AT] }, allow: [far], unknown: skip }]")
                .with(
                    "routes",
                    "[{ name: all, policy: priority, regions: [near, far], fence: home }]")
                .start();
        Wire client = proxy.client()) {
      assertEquals("near", client.get("/").response().body());
      assertEquals("far", client.get("/", "X-Forwarded-For: 203.0.113.1\r\n").response().body());
      assertEquals(
          "far", client.get("/", "Forwarded: for=\"203.0.113.1:99\"\r\n").response().body());
    }
  }

  @Test
  void the_target_is_forwarded_as_it_was_matched() throws Exception {
    try (Origin origin = Origin.saying("ok");
        Proxy proxy = Proxy.on(transport).region("one", origin).start();
        Wire client = proxy.client()) {
      client.get("/a/./b/../c%41?q=/../x").response();
      assertEquals("/a/c%41?q=/../x", origin.requests().getFirst().target());
      client.send("GET http://Other.test/p HTTP/1.1\r\nHost: other.test\r\n\r\n").response();
      assertEquals("/p", origin.requests().get(1).target());
      assertTrue(origin.requests().get(1).value("Host").equalsIgnoreCase("other.test"));
    }
  }
}
