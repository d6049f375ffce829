package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.config.ConfigLoader;
import io.meridian.geo.Location;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
  private static final String ROUTES =
      """
      - { name: exact, match: { hosts: [a.example.com] } }
      - { name: exact-api, match: { hosts: [a.example.com], paths: ["/api"] } }
      - { name: exact-api-v1, match: { hosts: [a.example.com], paths: ["/api/v1/"] } }
      - { name: wild, match: { hosts: ["*.example.com"] } }
      - { name: deep, match: { hosts: ["*.b.example.com"] } }
      - { name: get, match: { hosts: [m.test], methods: [GET, HEAD] } }
      - { name: odd, match: { hosts: [m.test], methods: [PATCH] } }
      - { name: beta, match: { hosts: [h.test], headers: [{ name: X-Beta, value: "1" }] } }
      - { name: any-beta, match: { hosts: [h.test], headers: [{ name: x-beta }] } }
      - { name: plain, match: { hosts: [h.test] } }
      - { name: static, match: { paths: ["/static/"] } }
      """;

  private static RoutingRules rules(String rest) throws Exception {
    String yaml =
        """
        version: 1
        listeners: [{ name: public, address: "0.0.0.0:8080" }]
        regions: [{ name: one, endpoints: [{ url: "http://10.1.0.10:8080" }] }]
        """;
    return RoutingRules.compile(new ConfigLoader(Map.of()).parse("test", yaml + rest));
  }

  private static String route(
      RouteTable table, String method, String host, String path, String rest) {
    RequestHead head = new RequestHead(new HeadLimits(8192, 32768, 100));
    String text = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + rest + "\r\n";
    assertEquals(
        Parse.DONE, head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)), text);
    CompiledRoute route = table.match(head);
    return route == null ? "-" : route.name();
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          GET,   a.example.com,     /,              exact
          GET,   A.EXAMPLE.com:81,  /,              exact
          GET,   a.example.com.,    /,              exact
          GET,   a.example.com,     /api,           exact-api
          GET,   a.example.com,     /api/,          exact-api
          GET,   a.example.com,     /api/v2,        exact-api
          GET,   a.example.com,     /apis,          exact
          GET,   a.example.com,     /api?x=/v1/,    exact-api
          GET,   a.example.com,     /api/v1,        exact-api
          GET,   a.example.com,     /api/v1/,       exact-api-v1
          GET,   a.example.com,     /api/v1/x/y,    exact-api-v1
          GET,   a.example.com,     /x/../api/v1/z, exact-api-v1
          GET,   c.example.com,     /,              wild
          GET,   x.c.example.com,   /,              wild
          GET,   x.b.example.com,   /,              deep
          GET,   x.y.b.example.com, /,              deep
          GET,   b.example.com,     /,              wild
          GET,   example.com,       /,              -
          GET,   notexample.com,    /,              -
          GET,   m.test,            /,              get
          HEAD,  m.test,            /,              get
          POST,  m.test,            /,              -
          PATCH, m.test,            /,              odd
          PURGE, m.test,            /,              -
          GET,   h.test,            /,              plain
          GET,   other.test,        /static/x,      static
          GET,   other.test,        /static,        -
          POST,  m.test,            /static/x,      static
          GET,   c.example.com,     /static/x,      wild
          """)
  void the_most_specific_route_wins(String method, String host, String path, String expected)
      throws Exception {
    RouteTable table = rules("routes:\n" + ROUTES.indent(2)).routes();
    assertEquals(expected, route(table, method, host, path, ""));
  }

  @Test
  void header_conditions_make_a_route_more_specific() throws Exception {
    RouteTable table = rules("routes:\n" + ROUTES.indent(2)).routes();
    assertEquals("any-beta", route(table, "GET", "h.test", "/", "X-BETA: 2\r\n"));
    String both = route(table, "GET", "h.test", "/", "x-beta: 1\r\n");
    assertEquals("beta", both);
  }

  @Test
  void a_thousand_routes_each_find_their_own() throws Exception {
    StringBuilder yaml = new StringBuilder("routes:\n");
    for (int i = 0; i < 1_000; i++) {
      yaml.append("  - { name: r")
          .append(i)
          .append(", match: { hosts: [\"h")
          .append(i % 100)
          .append(".test\"], paths: [\"/p")
          .append(i)
          .append("/\"] } }\n");
    }
    RouteTable table = rules(yaml.toString()).routes();
    for (int i = 0; i < 1_000; i++) {
      assertEquals("r" + i, route(table, "GET", "h" + i % 100 + ".test", "/p" + i + "/x", ""));
      assertEquals("-", route(table, "GET", "h" + (i + 1) % 100 + ".test", "/p" + i + "/x", ""));
    }
  }

  private static boolean binds(String fence, String country, String continent, byte[] address)
      throws Exception {
    RoutingRules rules = rules("fences: [" + fence + "]\nroutes: [{ name: r, fence: f }]\n");
    RouteQuery query = new RouteQuery();
    query.location = new Location(continent, country, "", "", Double.NaN, Double.NaN, 0, "");
    query.address = address;
    return rules.routes().routes().getFirst().binding(query) != null;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          { client_country: [DE, AT] }                         | apply | DE | EU | true
          { client_country: [DE, AT] }                         | apply | FR | EU | false
          { client_country: [DE, AT] }                         | apply |    |    | true
          { client_country: [DE, AT] }                         | skip  |    |    | false
          { client_country: [DE, AT] }                         | apply |    | EU | true
          { client_continent: [EU] }                           | apply | FR | EU | true
          { client_continent: [EU] }                           | apply | US | NA | false
          { client_continent: [EU] }                           | skip  |    |    | false
          { client_continent: [EU], client_country: [DE] }     | apply | FR | EU | false
          { client_continent: [EU], client_country: [DE] }     | apply |    | EU | true
          { client_continent: [EU], client_country: [DE] }     | skip  |    | EU | false
          { client_prefix: [192.0.2.0/24] }                    | apply | US | NA | true
          { client_prefix: [198.51.100.0/24] }                 | apply | US | NA | false
          { client_prefix: [192.0.2.0/24], client_country: [DE] } | apply | |    | true
          {}                                                   | skip  |    |    | true
          """)
  void a_fence_binds_whom_it_names_and_by_default_whom_nobody_can_place(
      String when, String unknown, String country, String continent, boolean expected)
      throws Exception {
    String fence = "{ name: f, when: " + when + ", allow: [one], unknown: " + unknown + " }";
    byte[] address = {(byte) 192, 0, 2, 7};
    assertEquals(
        expected,
        binds(fence, country == null ? "" : country, continent == null ? "" : continent, address));
  }
}
