package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Browsers tell of their round trips, and are sent or carried where they are short. */
@ExtendWith(NoLeaks.class)
class SteeringIT {
  private static final String PAGE = "Accept: text/html\r\n";
  private static final String NEW_YORK = "X-Forwarded-For: 10.7.1.1\r\n";

  private static Proxy proxy(Origin eu, Origin us, String route) throws IOException {
    return Proxy.on("nio")
        .trusting("127.0.0.0/8")
        .with("edge", "{ location: { latitude: 50.11, longitude: 8.68 } }")
        .with(
            "geo",
            "{ overrides: [{ prefix: 10.7.0.0/16, country: US, location: { latitude: 40.7,"
                + " longitude: -74.0 } }] }")
        .with(
            "routes",
            "[{ name: beacon, match: { paths: [/beacon] }, beacon: true },"
                + " { name: all, regions: [eu, us], "
                + route
                + " }]")
        .region(
            "eu",
            eu,
            "public_url: \"https://eu.a.test\", location: { latitude: 50.11, longitude: 8.68 }")
        .region(
            "us",
            us,
            "public_url: \"https://us.a.test\", location: { latitude: 38.95, longitude: -77.45 }")
        .start();
  }

  private static Wire.Message report(Wire client, String body, String fields) throws IOException {
    return client
        .send(
            "POST /beacon HTTP/1.1\r\nHost: a.test\r\n"
                + fields
                + "Content-Length: "
                + body.length()
                + "\r\n\r\n"
                + body)
        .response();
  }

  @Test
  void a_page_is_redirected_once_to_the_regions_own_address() throws Exception {
    try (Origin eu = Origin.saying("eu");
        Origin us = Origin.saying("us");
        Proxy proxy = proxy(eu, us, "policy: priority, steer: {}");
        Wire client = proxy.client()) {
      Wire.Message sent = client.get("/shop?a=b", PAGE + NEW_YORK).response();
      assertEquals(307, sent.status());
      assertEquals("https://us.a.test/shop?a=b", sent.value("Location"));
      assertEquals("no-store", sent.value("Cache-Control"));
      assertEquals("Cookie", sent.value("Vary"));
      String cookie = sent.value("Set-Cookie");
      assertTrue(cookie.startsWith("meridian-steered=1; Path=/; Max-Age=600; "), cookie);
      String back = "Cookie: meridian-steered=1\r\n";
      assertEquals("eu", client.get("/shop", PAGE + NEW_YORK + back).response().body());
      assertEquals("eu", client.get("/shop", NEW_YORK).response().body(), "no page");
      assertEquals("eu", client.get("/shop", PAGE).response().body(), "from nowhere");
      assertEquals("eu", client.post("/shop", "x").response().body());
      assertEquals(1, proxy.metric("meridian_steered_total{route=\"all\",region=\"us\""));
      assertTrue(proxy.log(5).getFirst().get("flags").toString().contains("ST"));
    }
  }

  @Test
  void what_browsers_report_orders_their_regions() throws Exception {
    try (Origin eu = Origin.saying("eu");
        Origin us = Origin.saying("us");
        Proxy proxy = proxy(eu, us, "latency_from: client");
        Wire client = proxy.client()) {
      assertEquals("us", client.get("/", NEW_YORK).response().body());
      String slow = "{\"us\": 2000.5, \"eu\":85, \"mars\": 3}";
      assertEquals(202, report(client, slow, NEW_YORK).status());
      assertEquals("eu", client.get("/", NEW_YORK).response().body());
      String other = "X-Forwarded-For: 10.7.2.1\r\n";
      assertEquals("us", client.get("/", other).response().body(), "one report is no country");
      assertEquals(202, report(client, slow, NEW_YORK).status());
      assertEquals(1, proxy.metric("meridian_beacon_reports_total{result=\"taken\""));
      assertEquals(1, proxy.metric("meridian_beacon_reports_total{result=\"too_soon\""));
    }
  }

  @Test
  void what_is_no_report_is_refused_and_no_region_is_asked() throws Exception {
    try (Origin eu = Origin.saying("eu");
        Origin us = Origin.saying("us");
        Proxy proxy = proxy(eu, us, "latency_from: path")) {
      for (String body :
          new String[] {
            "x",
            "{}",
            "[]",
            "{\"us\":}",
            "{\"us\":1,}",
            "{\"us\":-1}",
            "{us:1}",
            "{\"us\":1e3}",
            "{\"us\":1}{",
            "{\"us\":\"1\"}",
            "{\"us\":1 \"eu\":2}",
            "{\"us\":{}}"
          }) {
        try (Wire client = proxy.client()) {
          assertEquals(400, report(client, body, NEW_YORK).status(), body);
        }
      }
      try (Wire client = proxy.client()) {
        assertEquals(413, report(client, "{\"us\":" + " ".repeat(5000) + "1}", "").status());
      }
      try (Wire client = proxy.client()) {
        assertEquals(405, client.get("/beacon").response().status());
        assertEquals(400, client.post("/beacon", "").response().status());
        assertFalse(client.get("/").response().body().isEmpty());
      }
      assertEquals(0, proxy.metric("meridian_beacon_reports_total{result=\"taken\""));
      assertEquals(1, eu.requests().size() + us.requests().size());
    }
  }
}
