package io.meridian.proxy.admin;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meridian.config.HostPort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlIT {
  private static final String DRAIN = "/api/regions/eu-west/drain?ttl=5m&reason=deploy";

  @TempDir Path directory;
  private final FakeApi api = new FakeApi();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Path token;
  private AdminServer server;

  @BeforeEach
  void start() throws IOException {
    token = Files.writeString(directory.resolve("token"), "correct horse\n");
    api.tokens = ", token_file: \"" + token + "\"";
    server = new AdminServer(new HostPort("127.0.0.1", 0), api);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private HttpRequest.Builder post(String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.address().getPort() + path))
        .timeout(Duration.ofSeconds(20))
        .POST(HttpRequest.BodyPublishers.noBody());
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> change(String path) throws Exception {
    return send(post(path).header("Authorization", "Bearer correct horse"));
  }

  private static JsonNode json(HttpResponse<String> answer) throws IOException {
    return new ObjectMapper().readTree(answer.body());
  }

  @Test
  void who_has_the_token_may_change_a_region() throws Exception {
    HttpResponse<String> answer = change(DRAIN + "&by=ann");
    assertEquals(200, answer.statusCode(), answer.body());
    assertEquals("drain", json(answer).get("action").asText());
    ControlRequest asked = requireNonNull(api.asked);
    assertEquals("eu-west", asked.region());
    assertEquals(Duration.ofMinutes(5), asked.ttl());
    assertEquals("ann from 127.0.0.1", asked.by());
    assertEquals(200, change("/api/regions/eu-west/clear?reason=done").statusCode());
    assertNull(requireNonNull(api.asked).ttl());
    assertEquals(
        200, change("/api/regions/eu-west/dial?percent=25%25&ttl=1h&reason=x").statusCode());
    assertEquals(25, requireNonNull(api.asked).percent());
  }

  @Test
  void nobody_else_may() throws Exception {
    for (String credentials :
        List.of("Bearer correct hors", "Bearer correct horses", "Bearer ", "Basic Y29ycmVjdA==")) {
      HttpResponse<String> answer = send(post(DRAIN).header("Authorization", credentials));
      assertEquals(401, answer.statusCode(), credentials);
      assertTrue(answer.headers().firstValue("WWW-Authenticate").isPresent());
    }
    assertEquals(401, send(post(DRAIN)).statusCode());
    assertNull(api.asked);
  }

  @Test
  void another_token_in_the_file_holds_at_once_and_without_a_file_changes_are_off()
      throws Exception {
    Files.writeString(token, "another");
    assertEquals(401, change(DRAIN).statusCode());
    assertEquals(200, send(post(DRAIN).header("authorization", "bearer another")).statusCode());
    Files.delete(token);
    api.tokens = "";
    assertEquals(403, change(DRAIN).statusCode());
  }

  @Test
  void no_page_of_another_site_can_change_anything() throws Exception {
    String own = "127.0.0.1:" + server.address().getPort();
    for (String origin : List.of("http://evil.test", "null", "https://" + own)) {
      HttpRequest.Builder request =
          post(DRAIN).header("Authorization", "Bearer correct horse").header("Origin", origin);
      assertEquals(403, send(request).statusCode(), origin);
    }
    assertNull(api.asked);
    HttpRequest.Builder request =
        post(DRAIN)
            .header("Authorization", "Bearer correct horse")
            .header("Origin", "http://" + own);
    assertEquals(200, send(request).statusCode());
    // A browser asks before it sends a field of this name to another origin.
    HttpRequest.Builder preflight =
        post(DRAIN).method("OPTIONS", HttpRequest.BodyPublishers.noBody());
    assertEquals(405, send(preflight).statusCode());
  }

  @Test
  void what_is_missing_or_malformed_is_said() throws Exception {
    for (String path :
        List.of(
            "/api/regions/eu-west/drain?reason=x",
            "/api/regions/eu-west/drain?ttl=5m",
            "/api/regions/eu-west/drain?ttl=5m&reason=%20",
            "/api/regions/eu-west/drain?ttl=5m&reason=a%0Ab",
            "/api/regions/eu-west/drain?ttl=5&reason=x",
            "/api/regions/eu-west/drain?ttl=5m&ttl=6m&reason=x",
            "/api/regions/eu-west/drain?ttl=5m&reason=x&percent=5",
            "/api/regions/eu-west/dial?ttl=5m&reason=x&percent=101",
            "/api/regions/eu-west/explode?ttl=5m&reason=x",
            "/api/regions/eu-west/drain/now?ttl=5m&reason=x")) {
      HttpResponse<String> answer = change(path);
      assertEquals(400, answer.statusCode(), path);
      assertTrue(json(answer).get("error").asText().contains("expected"), answer.body());
    }
    assertNull(api.asked);
  }

  @Test
  void stored_answers_are_forgotten_for_who_has_the_token() throws Exception {
    String path = "/api/cache/purge?url=https://a.test/x?y%26z&reason=wrong%20price&by=ann";
    assertEquals(401, send(post(path)).statusCode());
    assertNull(api.purged);
    HttpResponse<String> answer = change(path);
    assertEquals(200, answer.statusCode(), answer.body());
    assertEquals(7, json(answer).get("purged").asInt());
    PurgeRequest purged = requireNonNull(api.purged);
    assertEquals(PurgeRequest.Scope.URL, purged.scope());
    assertEquals("https://a.test/x?y&z", purged.what());
    assertEquals("ann from 127.0.0.1", purged.by());
    assertEquals(200, change("/api/cache/purge?all=true&reason=x").statusCode());
    assertEquals(PurgeRequest.Scope.ALL, requireNonNull(api.purged).scope());
    for (String query :
        List.of(
            "?reason=x",
            "?all=true",
            "?all=yes&reason=x",
            "?url=/x&reason=x",
            "?url=http://a/&prefix=http://a/&reason=x",
            "?prefix=http://a/%0ax&reason=x",
            "?all=true&reason=x&what=1")) {
      assertEquals(400, change("/api/cache/purge" + query).statusCode(), query);
    }
  }

  @Test
  void a_refusal_names_its_rule() throws Exception {
    HttpResponse<String> answer = change("/api/regions/last/drain?ttl=5m&reason=x");
    assertEquals(409, answer.statusCode());
    assertEquals("min_regions", json(answer).get("rule").asText());
  }

  @Test
  void the_description_names_every_path_that_there_is() throws Exception {
    JsonNode paths = json(send(post("/api/openapi.json").GET())).get("paths");
    for (var path : paths.properties()) {
      String asked = path.getKey().replace("{region}", "eu-west");
      boolean change = path.getValue().has("post");
      if (!asked.equals("/api/stream")) { // which does not end
        int status = (change ? change(asked) : send(post(asked).GET())).statusCode();
        assertTrue(status == 200 || status == 400, asked + ": " + status);
      }
    }
    for (String path : new AdminRoutes(api, new HostGuard("localhost")).paths()) {
      assertTrue(!path.startsWith("/api/") || paths.has(path), path);
    }
    for (ControlRequest.Action action : ControlRequest.Action.values()) {
      assertTrue(paths.has("/api/regions/{region}/" + action.label()), action.label());
    }
  }

  @Test
  void the_log_says_more_for_a_while() throws Exception {
    assertEquals(401, send(post("/api/log?level=debug&ttl=5m")).statusCode());
    assertNull(api.logRequest);

    HttpResponse<String> answer = change("/api/log?level=debug&ttl=5m&logger=io.meridian.health");
    assertEquals(200, answer.statusCode());
    assertEquals("io.meridian.health", requireNonNull(api.logRequest).logger());
    assertEquals(Duration.ofMinutes(5), api.logRequest.ttl());

    for (String wrong :
        List.of(
            "level=loud&ttl=5m",
            "level=debug",
            "level=debug&ttl=25h",
            "level=debug&ttl=5m&x=1",
            "level=debug&ttl=5m&logger=a%0Ab")) {
      assertEquals(400, change("/api/log?" + wrong).statusCode(), wrong);
    }
  }
}
