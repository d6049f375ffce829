package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.RouteQuery.Pin;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataFilterTest {
  private static final Path KEY = key();
  private static final long NOW = 1_800_000_000L;
  private static final double U = Double.NaN;

  private static final String WORLD =
      """
      health: { http: {}, replica: { lag_header: X-Lag, position_header: X-Position } }
      regions:
        - { name: eu, endpoints: [{ url: "http://127.0.0.1:80" }] }
        - { name: us, endpoints: [{ url: "http://127.0.0.2:80" }] }
        - { name: jp, endpoints: [{ url: "http://127.0.0.3:80" }] }
      fences: [{ name: home, allow: [eu, jp], when: { paths: [/eu] } }]
      routes: [{ name: r, policy: priority, fence: home, data: { %s } }]
      """;

  private static Path key() {
    try {
      Path file = Files.createTempFile("cookie", ".key");
      file.toFile().deleteOnExit();
      return Files.writeString(file, "secret");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Scene scene(String data) {
    return Scene.of(
        String.format(WORLD, data.replace("KEY", KEY.toString())), Map.of(KEY, new byte[] {1, 2}));
  }

  private static String order(Scene scene, RouteQuery query, Replicas replicas) {
    query.epochSeconds = query.epochSeconds == 0 ? NOW : query.epochSeconds;
    return Scene.text(Router.decide(scene.route(), query, scene.snapshot().with(replicas)));
  }

  private static Replicas positions(long... positions) {
    return new Replicas(new double[] {U, U, U}, positions, new boolean[1][3]);
  }

  private static ResponseHead answer(int status, String... fields) {
    ResponseHead head = new ResponseHead(new HeadLimits(8192, 32768, 100));
    String text = "HTTP/1.1 " + status + " So\r\n" + String.join("\r\n", fields);
    text += fields.length > 0 ? "\r\n\r\n" : "\r\n";
    assertEquals(
        Parse.DONE, head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)), text);
    return head;
  }

  /** The cookie that a write in a region sets, as the client sends it; null: none. */
  private static @Nullable String wrote(
      Scene scene, String method, int status, String region, String... fields) {
    RouteQuery query = Scene.request(method, "/");
    order(scene, query, Replicas.NONE);
    DataFilter data = filter(scene);
    byte[] cookie = data.wroteCookie(query, answer(status, fields), region, true);
    return cookie == null ? null : new String(cookie, StandardCharsets.US_ASCII);
  }

  private static DataFilter filter(Scene scene) {
    return Objects.requireNonNull(scene.route().data());
  }

  private static RouteQuery with(@Nullable String setCookie, String method, String path) {
    String cookie = Objects.requireNonNull(setCookie).split(";", 2)[0];
    return Scene.request(method, path, "Cookie: a=b; " + cookie);
  }

  @Test
  void who_has_written_reads_where_it_was_written_until_the_time_is_over() {
    Scene scene = scene("read_your_writes: { key_file: KEY }");
    String cookie = wrote(scene, "POST", 201, "us");
    assertTrue(
        Objects.requireNonNull(cookie)
            .endsWith("; Path=/; Max-Age=5; HttpOnly; SameSite=Lax; Secure"),
        cookie);
    RouteQuery query = with(cookie, "GET", "/");
    assertEquals("us > eu > jp", order(scene, query, Replicas.NONE));
    assertEquals(Pin.WROTE, query.pin());
    query.epochSeconds = NOW + 5;
    assertEquals("us > eu > jp", order(scene, query, Replicas.NONE));
    query.epochSeconds = NOW + 6;
    assertEquals("eu > us > jp", order(scene, query, Replicas.NONE));
    assertEquals(Pin.NONE, query.pin());
  }

  @Test
  void a_fence_binds_who_has_written_too() {
    Scene scene = scene("read_your_writes: { key_file: KEY }");
    RouteQuery query = with(wrote(scene, "POST", 200, "us"), "GET", "/eu");
    assertEquals("eu > jp", order(scene, query, Replicas.NONE));
    assertTrue(filter(scene).stale(query, 0, Replicas.NONE));
  }

  @Test
  void a_region_that_has_passed_the_position_may_be_read_too() {
    Scene scene = scene("read_your_writes: { key_file: KEY }");
    String cookie = wrote(scene, "PUT", 204, "us", "X-Position: 16/B374D848");
    assertTrue(Objects.requireNonNull(cookie).contains("Max-Age=60"), cookie);
    long at = 0x16_B374D848L;
    RouteQuery query = with(cookie, "GET", "/");
    assertEquals("us > eu > jp", order(scene, query, Replicas.NONE));
    assertEquals("us > eu > jp", order(scene, query, positions(at - 1, -1, -1)));
    assertEquals("us > jp > eu", order(scene, query, positions(at - 1, -1, at)));
    assertEquals("eu > us > jp", order(scene, query, positions(at, -1, -1)));
    assertEquals("eu > us > jp", order(scene.down("jp"), query, positions(at, -1, at)) + " > jp");
  }

  @Test
  void a_read_that_would_be_stale_is_refused_where_the_operator_says_so() {
    Scene scene = scene("read_your_writes: { key_file: KEY, otherwise: refuse }").down("us");
    String cookie = wrote(scene, "POST", 303, "us", "X-Position: 7");
    assertEquals("not_fresh 503", order(scene, with(cookie, "GET", "/"), positions(6, 7, -1)));
    assertEquals("jp", order(scene, with(cookie, "GET", "/"), positions(6, 7, 7)));
    assertEquals("eu > jp", order(scene, with(cookie, "POST", "/"), positions(6, 7, -1)));
  }

  @ParameterizedTest
  @CsvSource({"GET, 200", "HEAD, 200", "OPTIONS, 204", "POST, 404", "POST, 500", "DELETE, 409"})
  void nothing_is_kept_of_what_was_no_successful_write(String method, int status) {
    assertNull(wrote(scene("read_your_writes: { key_file: KEY }"), method, status, "us"));
  }

  @Test
  void writes_that_are_passed_on_pin_to_the_region_that_takes_them() {
    Scene scene = scene("read_your_writes: { key_file: KEY, region: jp }");
    RouteQuery query = with(wrote(scene, "POST", 200, "eu"), "GET", "/");
    assertEquals("jp > eu > us", order(scene, query, Replicas.NONE));
  }

  @Test
  void a_later_write_with_an_earlier_position_takes_nothing_back() {
    Scene scene = scene("read_your_writes: { key_file: KEY }");
    RouteQuery query = with(wrote(scene, "POST", 200, "us", "X-Position: 100"), "POST", "/");
    order(scene, query, Replicas.NONE);
    byte[] next = filter(scene).wroteCookie(query, answer(200, "X-Position: 90"), "us", false);
    String cookie = new String(Objects.requireNonNull(next), StandardCharsets.US_ASCII);
    assertEquals("us > eu > jp", order(scene, with(cookie, "GET", "/"), positions(95, -1, -1)));
    assertEquals("eu > us > jp", order(scene, with(cookie, "GET", "/"), positions(100, -1, -1)));
  }

  @Test
  void a_cookie_that_was_touched_says_nothing() {
    Scene scene = scene("read_your_writes: { key_file: KEY }");
    String cookie = Objects.requireNonNull(wrote(scene, "POST", 200, "us")).split(";", 2)[0];
    for (int i = cookie.indexOf('=') + 1; i < cookie.length(); i++) {
      char other = cookie.charAt(i) == 'a' ? 'b' : 'a';
      String touched = cookie.substring(0, i) + other + cookie.substring(i + 1);
      if (i < cookie.length() - 1) { // the last character has bits that do not count
        RouteQuery query = with(touched, "GET", "/");
        assertEquals("eu > us > jp", order(scene, query, Replicas.NONE), touched);
      }
    }
    String far = cookie.replaceFirst("us\\.[0-9a-f]+", "us.7fffffffffffffff");
    assertEquals("eu > us > jp", order(scene, with(far, "GET", "/"), Replicas.NONE));
    Scene other =
        Scene.of(
            String.format(WORLD, "read_your_writes: { key_file: " + KEY + " }")
                .replace("name: r,", "name: other,"),
            Map.of(KEY, new byte[] {1, 2}));
    assertEquals("eu > us > jp", order(other, with(cookie, "GET", "/"), Replicas.NONE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "...",
        "us",
        "us...",
        "us.ffffffff..AAAAAAAAAAAAAAAAAAAAAA",
        "us.-1..AAAAAAAAAAAAAAAAAAAAAA",
        "us.ffffffffffffffff..AAAAAAAAAAAAAAAAAAAAAA",
        "us.ffffffff.-5.AAAAAAAAAAAAAAAAAAAAAA",
        "mars.ffffffff..AAAAAAAAAAAAAAAAAAAAAA"
      })
  void a_cookie_that_is_none_of_ours_says_nothing(String value) {
    Scene scene = scene("read_your_writes: { key_file: KEY }");
    RouteQuery query = Scene.get("Cookie: meridian-wrote=" + value);
    assertEquals("eu > us > jp", order(scene, query, Replicas.NONE));
  }

  @Test
  void reads_leave_a_region_that_lags_and_take_the_one_that_lags_least_if_all_do() {
    Scene scene = scene("max_lag: 2s");
    Replicas one =
        new Replicas(
            new double[] {3000, 100, U}, new long[0], new boolean[][] {{true, false, false}});
    assertEquals("us > jp > eu", order(scene, Scene.get(), one));
    assertEquals("eu > us > jp", order(scene, Scene.request("POST", "/"), one));
    assertEquals("jp > eu", order(scene, Scene.request("GET", "/eu"), one));
    Replicas all =
        new Replicas(
            new double[] {9000, 3000, 5000}, new long[0], new boolean[][] {{true, true, true}});
    assertEquals("us > jp > eu", order(scene, Scene.get(), all));
    assertEquals("jp > eu", order(scene, Scene.request("GET", "/eu"), all));
  }

  @Test
  void what_the_client_wrote_counts_more_than_the_lag_of_where_it_is() {
    Scene scene = scene("max_lag: 2s, read_your_writes: { key_file: KEY }");
    Replicas lagging =
        new Replicas(
            new double[] {100, 3000, 100}, new long[0], new boolean[][] {{false, true, false}});
    RouteQuery query = with(wrote(scene, "POST", 200, "us"), "GET", "/");
    assertEquals("us > eu > jp", order(scene, query, lagging));
  }

  @Test
  void a_home_is_believed_from_trusted_proxies_and_wins_while_it_is_allowed_and_up() {
    Scene scene = scene("home: { header: X-Home }");
    RouteQuery query = Scene.trusted(Scene.get("X-Home: jp"));
    assertEquals("jp > eu > us", order(scene, query, Replicas.NONE));
    assertEquals(Pin.HOME, query.pin());
    assertEquals("eu > us > jp", order(scene, Scene.get("X-Home: jp"), Replicas.NONE));
    RouteQuery fenced = Scene.trusted(Scene.request("GET", "/eu", "X-Home: us"));
    assertEquals("eu > jp", order(scene, fenced, Replicas.NONE));
    assertEquals("eu > us", order(scene.down("jp"), query, Replicas.NONE));
    RouteQuery nowhere = Scene.trusted(Scene.get("X-Home: mars"));
    assertEquals("eu > us", order(scene, nowhere, Replicas.NONE));
  }

  @Test
  void a_home_that_an_endpoint_names_is_kept_in_a_signed_cookie_and_not_passed_on() {
    Scene scene = scene("home: { answer_header: X-Home, key_file: KEY }");
    ResponseHead answer = answer(200, "X-Home: us", "X-Other: 1");
    byte[] set = filter(scene).homeCookie(Scene.get(), answer, false);
    assertEquals(-1, answer.find("x-home", 0));
    String cookie = new String(Objects.requireNonNull(set), StandardCharsets.US_ASCII);
    RouteQuery query = with(cookie, "GET", "/");
    assertEquals("us > eu > jp", order(scene, query, Replicas.NONE));
    assertNull(filter(scene).homeCookie(query, answer(200, "X-Home: us"), false));
    assertNull(filter(scene).homeCookie(query, answer(200, "X-Home: mars"), false));
    RouteQuery forged = Scene.get("Cookie: meridian-home=us.AAAAAAAAAAAAAAAAAAAAAA");
    assertEquals("eu > us > jp", order(scene, forged, Replicas.NONE));
  }

  @ParameterizedTest
  @CsvSource({
    "region=us, us",
    "'region=us;elsewhere', us > eu > jp",
    "region=mars, forced_elsewhere 503",
    "'region=mars; elsewhere', eu > jp",
    "elsewhere, eu > jp",
    "'elsewhere;state=a-b', eu > jp",
  })
  void a_request_that_is_sent_on_goes_where_the_endpoint_says(String text, String expected) {
    Scene scene = scene("replay: {}");
    RoutingSnapshot snapshot = scene.snapshot();
    int from = expected.startsWith("eu") ? 1 : 0;
    AppDirective to = AppDirective.parse(text, snapshot.regions(), from);
    String order =
        Scene.text(Router.replay(scene.route(), Scene.get(), snapshot, Objects.requireNonNull(to)));
    assertEquals(from == 0 ? expected.replace(" > eu", "") : expected, order);
  }

  @Test
  void a_request_that_is_sent_on_stays_within_its_fence() {
    Scene scene = scene("replay: {}");
    RoutingSnapshot snapshot = scene.snapshot();
    AppDirective to = AppDirective.parse("region=us", snapshot.regions(), 0);
    RouteQuery query = Scene.request("GET", "/eu");
    assertEquals(
        "fence 503",
        Scene.text(Router.replay(scene.route(), query, snapshot, Objects.requireNonNull(to))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "us",
        "region=",
        "region=us;region=jp",
        "region=us;app=x",
        "state=1",
        "elsewhere=no",
        "region=us;state=a b",
        "region=us;state=\u00e4"
      })
  void a_directive_that_is_not_well_formed_is_none(String text) {
    assertNull(AppDirective.parse(text, scene("replay: {}").snapshot().regions(), 0));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "17, 17",
    "999999999999999999, 999999999999999999",
    "1/0, 4294967296",
    "16/B374D848, 97500059720",
    "0/ff, 255",
    "'', -1",
    "-1, -1",
    "1.5, -1",
    "1/2/3, -1",
    "/1, -1",
    "80000000/0, -1",
    "1234567890123456789, -1",
    "x, -1",
    "123456789/0, -1"
  })
  void positions_are_whole_numbers_or_those_of_a_log(String text, long expected) {
    byte[] bytes = (" " + text).getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(expected, Positions.parse(bytes, 1, bytes.length - 1));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1.25, 1.25",
    "12, 12",
    "12., 12",
    "1000000000, 1e9",
    "'', NaN",
    ".5, NaN",
    "-1, NaN",
    "1e3, NaN",
    "1.2.3, NaN",
    "1000000001, NaN",
    "inf, NaN"
  })
  void lags_are_plain_numbers(String text, double expected) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(expected, Positions.number(bytes, 0, bytes.length), 1e-9);
  }
}
