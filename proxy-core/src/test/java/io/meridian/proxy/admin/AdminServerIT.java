package io.meridian.proxy.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meridian.config.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerIT {
  private final FakeApi api = new FakeApi();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private AdminServer server;

  @BeforeEach
  void start() throws IOException {
    server = new AdminServer(new HostPort("127.0.0.1", 0), api);
  }

  @AfterEach
  void stop() {
    api.scrapeMayEnd.countDown();
    client.close();
    server.close();
  }

  @Test
  void probes_tell_life_and_readiness_apart() throws Exception {
    api.ready = false;
    assertEquals(200, get("/livez").statusCode());
    assertEquals(503, get("/readyz").statusCode());
    assertEquals("first probes are running\n", get("/healthz").body());
    api.ready = true;
    assertEquals(200, get("/readyz").statusCode());
  }

  @Test
  void a_slow_scrape_delays_no_probe() throws Exception {
    api.scrapeMayEnd = new CountDownLatch(1);
    var scrape =
        client.sendAsync(request("/metrics").build(), HttpResponse.BodyHandlers.ofString());
    assertTrue(api.scrapeBegun.await(20, TimeUnit.SECONDS));
    assertEquals(200, get("/livez").statusCode());
    assertEquals(200, get("/readyz").statusCode());
    assertFalse(scrape.isDone());
    api.scrapeMayEnd.countDown();
    assertEquals("meridian_up 1\n", scrape.get(20, TimeUnit.SECONDS).body());
  }

  @Test
  void metrics_are_given_in_the_format_that_is_asked_for() throws Exception {
    HttpResponse<String> plain = get("/metrics");
    assertEquals("text/plain; version=0.0.4", header(plain, "content-type"));
    HttpResponse<String> open =
        send(request("/metrics").header("accept", "application/openmetrics-text"));
    assertEquals("application/openmetrics-text", header(open, "content-type"));
  }

  @Test
  void the_api_speaks_json_in_the_words_of_the_configuration() throws Exception {
    JsonNode world = json(get("/api/regions"));
    assertEquals("eu-west", world.at("/regions/0/name").asText());
    assertEquals(24.5, world.at("/regions/0/estimate_millis").asDouble());
    assertTrue(world.at("/regions/0/location").isMissingNode());
    assertEquals("ejected", json(get("/api/events")).at("/0/to").asText());
    assertEquals("1.2.3", json(get("/version")).get("version").asText());
    JsonNode config = json(get("/api/config"));
    assertEquals("127.0.0.1:9901", config.at("/admin/address").asText());
    assertEquals("latency", config.at("/routes/0/policy").asText());
    assertTrue(config.at("/routes/0/deadline").asText().endsWith("s"));
  }

  @Test
  void a_route_condition_on_credentials_is_masked() throws Exception {
    String config = get("/api/config").body();
    assertTrue(config.contains("\"***\""), config);
    assertTrue(config.contains("\"canary\""), config);
    assertFalse(config.contains("s3cret"), config);
  }

  @Test
  void explain_hands_over_what_was_asked() throws Exception {
    JsonNode answer =
        json(
            get(
                "/api/explain?ip=2001:db8::7&host=WWW.Example.com&path=/a%20b&method=post"
                    + "&header.X-Tenant=eu&header.Cookie=a%3Db&trusted=true&random=-5"));
    assertEquals("2001:db8:0:0:0:0:0:7", answer.get("ip").asText());
    assertEquals("www.example.com", answer.get("host").asText());
    assertEquals("/a b", answer.get("path").asText());
    assertEquals("POST", answer.get("method").asText());
    assertEquals("eu", answer.get("headers").get("X-Tenant").asText());
    assertEquals("a=b", answer.get("headers").get("Cookie").asText());
    assertTrue(answer.get("trusted").asBoolean());
    assertEquals(-5, answer.get("random").asLong());
  }

  @Test
  void a_bad_question_is_answered_with_what_was_expected() throws Exception {
    for (String query :
        List.of(
            "",
            "?ip=nonsense",
            "?ip=1.2.3.4&ip=1.2.3.5",
            "?ip=1.2.3.4&port=1",
            "?ip=1.2.3.4&header.=1",
            "?ip=1.2.3.4&trusted=yes",
            "?ip=1.2.3.4&random=dice",
            "?ip=%zz",
            "?ip=1.2.3.4&path=relative",
            "?ip=1.2.3.4&host=unroutable")) {
      HttpResponse<String> answer = raw("/api/explain" + query);
      assertEquals(400, answer.statusCode(), query);
      assertFalse(json(answer).get("error").asText().isEmpty(), query);
    }
  }

  @Test
  void a_fault_of_ours_is_a_500_and_the_server_goes_on() throws Exception {
    api.broken = true;
    assertEquals(500, get("/api/events").statusCode());
    api.broken = false;
    assertEquals(200, get("/api/events").statusCode());
  }

  @Test
  void other_methods_and_paths_are_refused_as_such() throws Exception {
    HttpResponse<String> post =
        send(request("/api/regions").POST(HttpRequest.BodyPublishers.ofString("{}")));
    assertEquals(405, post.statusCode());
    assertEquals("GET, HEAD", header(post, "allow"));
    assertEquals(404, get("/nothing").statusCode());
    assertEquals("no such path: /nothing", json(get("/nothing")).get("error").asText());
    HttpResponse<String> tooLong =
        send(request("/livez").POST(HttpRequest.BodyPublishers.ofString("x".repeat(70_000))));
    assertEquals(413, tooLong.statusCode());
  }

  @Test
  void head_is_answered_like_get_without_the_body() throws Exception {
    HttpResponse<String> head = send(request("/").method("HEAD", noBody()));
    assertEquals(200, head.statusCode());
    assertEquals("", head.body());
    assertEquals(header(head, "content-length"), "" + get("/").body().getBytes(UTF_8).length);
  }

  @Test
  void the_page_brings_all_it_needs_and_may_load_nothing_else() throws Exception {
    HttpResponse<String> page = get("/");
    assertTrue(header(page, "content-security-policy").startsWith("default-src 'self';"));
    assertTrue(header(page, "content-type").startsWith("text/html"));
    var links = Pattern.compile("(?:src|href)=\"(/[^\"]*)\"").matcher(page.body());
    int found = 0;
    while (links.find()) {
      assertEquals(200, get(links.group(1)).statusCode(), links.group(1));
      found++;
    }
    assertTrue(found >= 8);
    assertFalse(page.body().contains("<script>") || page.body().contains("style="));
  }

  @Test
  void a_foreign_name_gets_nothing_but_what_machines_ask_for() throws Exception {
    assertTrue(talk("GET /api/regions HTTP/1.1\r\nHost: evil.example\r\n\r\n").contains(" 421 "));
    assertTrue(talk("GET / HTTP/1.1\r\nHost: evil.example:9901\r\n\r\n").contains(" 421 "));
    assertTrue(talk("GET /metrics HTTP/1.1\r\nHost: meridian:9901\r\n\r\n").contains(" 200 "));
    assertTrue(talk("GET /readyz HTTP/1.0\r\n\r\n").contains(" 200 "));
    assertTrue(talk("GET /api/regions HTTP/1.1\r\nHost: localhost\r\n\r\n").contains(" 200 "));
  }

  @Test
  void pipelined_requests_are_answered_in_their_order() throws Exception {
    String answers =
        talk(
            List.of("/metrics", "/livez", "/version").stream()
                .map(path -> "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .collect(joining()));
    int metrics = answers.indexOf("meridian_up");
    int live = answers.indexOf("\r\n\r\nok\n");
    int version = answers.indexOf("\"version\"");
    assertTrue(0 < metrics && metrics < live && live < version, answers);
  }

  @Test
  void what_is_not_http_is_refused_and_the_server_goes_on() throws Exception {
    assertTrue(talk("\u0016\u0003\u0001 nonsense\r\n\r\n").contains(" 400 "));
    assertEquals(200, get("/livez").statusCode());
  }

  @Test
  void an_address_in_use_is_reported_by_name() {
    HostPort taken = new HostPort("127.0.0.1", server.address().getPort());
    IOException fault = assertThrows(IOException.class, () -> new AdminServer(taken, api));
    assertTrue(String.valueOf(fault.getMessage()).contains(taken.toString()));
  }

  /** Sends bytes, ends the sending side, and reads all that comes. */
  private String talk(String bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
      socket.setSoTimeout(20_000);
      String last = bytes.replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
      socket.getOutputStream().write(last.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  /** As {@link #get}, for targets that {@link URI} would not take. */
  private HttpResponse<String> raw(String target) throws Exception {
    if (!target.contains("%zz")) {
      return get(target);
    }
    String answer = talk("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
    return get("/api/explain");
  }

  private HttpResponse<String> get(String target) throws Exception {
    return send(request(target));
  }

  private HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + server.address().getPort() + target));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.BodyPublisher noBody() {
    return HttpRequest.BodyPublishers.noBody();
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    assertEquals("application/json", header(response, "content-type"));
    return new ObjectMapper().readTree(response.body());
  }
}
