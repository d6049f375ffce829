package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Pins, fences and explanations end to end. */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class RoutingIT {
  private static final String FENCES =
      "[{ name: home, when: { headers: [{ name: X-Tenant, value: eu }] }, allow: [two],"
          + " unknown: skip, status: 451 }]";
  private static final String PLACES =
      "{ overrides: [{ prefix: 198.51.100.0/24, country: DE, continent: EU }] }";

  @Parameter String transport = "";

  @TempDir Path directory;

  private Proxy proxy(Origin one, Origin two, String route) {
    return Proxy.on(transport)
        .region("one", one)
        .region("two", two)
        .with("geo", PLACES)
        .with("fences", FENCES)
        .with("routes", "[{ name: all, policy: priority, regions: [one, two], " + route + " }]");
  }

  private Path secret(String text) throws IOException {
    return Files.writeString(directory.resolve("secret"), text);
  }

  @Test
  void a_client_stays_where_it_was_answered_until_that_is_gone() throws Exception {
    String affinity = "affinity: { key_file: " + secret("key") + ", name: home }";
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy =
            proxy(one, two, affinity + ", pin_header: true").trusting("127.0.0.0/8").start();
        Wire client = proxy.client()) {
      Wire.Message first = client.get("/").response();
      assertTrue(first.value("Set-Cookie").startsWith("home=one."), first.value("Set-Cookie"));
      assertTrue(first.value("Set-Cookie").endsWith("; HttpOnly; SameSite=Lax"));
      String cookie = first.value("Set-Cookie").replaceFirst(";.*", "");
      Wire.Message again = client.get("/", "Cookie: " + cookie + "\r\n").response();
      assertEquals("one", again.body());
      assertFalse(again.has("Set-Cookie"));
      Wire.Message forced =
          client.get("/", "Cookie: " + cookie + "\r\nX-Meridian-Force-Region: two\r\n").response();
      assertEquals("two", forced.body());
      assertFalse(forced.has("Set-Cookie"), "what a proxy asks for once moves no client");
      assertFalse(two.requests().getLast().has("X-Meridian-Force-Region"));
    }
  }

  @Test
  void nobody_but_a_trusted_proxy_chooses_a_region_or_escapes_a_fence() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy = proxy(one, two, "fence: home, pin_header: true").start();
        Wire client = proxy.client()) {
      String claims =
          "X-Meridian-Force-Region: two\r\nX-Meridian-Prefer-Region: two\r\nX-Tenant: eu\r\n"
              + "X-Forwarded-For: 198.51.100.7\r\n";
      assertEquals("one", client.get("/", claims).response().body());
    }
  }

  @Test
  void a_trusted_field_raises_a_fence() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy = proxy(one, two, "fence: home").trusting("127.0.0.0/8").start();
        Wire client = proxy.client()) {
      assertEquals("two", client.get("/", "X-Tenant: eu\r\n").response().body());
      assertEquals("one", client.get("/", "X-Tenant: us\r\n").response().body());
    }
  }

  @Test
  void those_with_the_token_are_told_where_a_request_went_and_why() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy =
            proxy(one, two, "fence: home, explain_token_file: " + secret("letmesee"))
                .trusting("127.0.0.0/8")
                .start();
        Wire client = proxy.client()) {
      String from = "X-Forwarded-For: 198.51.100.7\r\nX-Tenant: eu\r\n";
      Wire.Message told = client.get("/", from + "X-Meridian-Explain: letmesee\r\n").response();
      String line = told.value("Meridian-Decision");
      assertTrue(
          line.startsWith(
              "route=all; country=DE; fence=home; decision=fence; order=two; pin=none; fence - one:"
                  + " home forbids it; fence + two: allowed; health + two: healthy"),
          line);
      for (String token : new String[] {"letmese", "letmesee2", "", "xetmesee"}) {
        Wire.Message other =
            client.get("/", from + "X-Meridian-Explain: " + token + "\r\n").response();
        assertFalse(other.has("Meridian-Decision"), token);
      }
      assertFalse(two.requests().getFirst().has("X-Meridian-Explain"));
    }
  }

  @Test
  void those_with_the_token_are_told_why_they_are_refused() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy =
            proxy(one, two, "fence: only, explain_token_file: " + secret("letmesee"))
                .with("fences", "[{ name: only, allow: [two] }]")
                .dial("two", 0)
                .start();
        Wire client = proxy.client()) {
      Wire.Message told = client.get("/", "X-Meridian-Explain: letmesee\r\n").response();
      assertEquals(503, told.status());
      String line = told.value("Meridian-Decision");
      assertTrue(
          line.startsWith("route=all; country=unknown; fence=only; decision=dialled_off"), line);
      assertFalse(client.get("/", "X-Meridian-Explain: x\r\n").response().has("Meridian-Decision"));
      assertFalse(client.get("/").response().has("Meridian-Decision"));
    }
  }

  @Test
  void a_key_file_that_is_gone_at_a_reload_changes_nothing() throws Exception {
    Path key = secret("key");
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy = proxy(one, two, "affinity: { key_file: " + key + " }").start()) {
      var same = proxy.config();
      Files.delete(key);
      assertEquals(
          key + ": " + key,
          org.junit.jupiter.api.Assertions.assertThrows(
                  IOException.class, () -> proxy.meridian().reload(same))
              .getMessage());
      assertTrue(proxy.get("/").has("Set-Cookie"));
    }
  }
}
