package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The description of the API against a running proxy: what it says is what is answered. */
@ExtendWith(NoLeaks.class)
class OpenApiIT {
  private static final String OPENMETRICS = "application/openmetrics-text";

  /** A good request of each path, in an order in which each can be done. */
  private static final List<String> GOOD =
      List.of(
          "GET /livez",
          "GET /readyz",
          "GET /healthz",
          "GET /metrics",
          "GET /version",
          "GET /api/openapi.json",
          "GET /api/config",
          "GET /api/regions",
          "GET /api/history",
          "GET /api/explain?ip=203.0.113.9&host=a.test&header.X-A=b&trusted=true&random=5",
          "POST /api/drills/start?region=first&for=5m&share=50%25&reason=practice&by=ann",
          "GET /api/drills",
          "GET /api/explain?ip=203.0.113.10",
          "POST /api/drills/stop?reason=enough&by=ann",
          "GET /api/drills",
          "POST /api/regions/first/drain?ttl=5m&reason=x",
          "GET /api/regions",
          "GET /api/controls",
          "POST /api/regions/first/clear?reason=x",
          "POST /api/regions/first/down?ttl=5m&reason=x&by=ann",
          "POST /api/regions/first/up?ttl=5m&reason=x",
          "POST /api/regions/first/dial?ttl=5m&percent=30&reason=x",
          "POST /api/regions/second/promote?ttl=5m&reason=x",
          "GET /api/controls",
          "POST /api/regions/second/clear?reason=x",
          "GET /api/cache",
          "POST /api/cache/purge?url=http%3A%2F%2Fa.test%2Fx&reason=x&by=ann",
          "GET /api/log",
          "POST /api/log?level=info&ttl=30s&logger=io.meridian.health",
          "GET /api/log",
          "GET /api/events");

  @TempDir Path directory;
  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private JsonNode description = json.createObjectNode();

  private Proxy proxy(Origin one, Origin two) throws IOException {
    Path token = Files.writeString(directory.resolve("token"), "correct horse");
    return Proxy.on("nio")
        .region("first", one, "location: { latitude: 1, longitude: 2 }")
        .region("second", two)
        .with(
            "admin",
            "{ address: \"127.0.0.1:0\", token_file: \"" + token + "\", controls: { pause: 0s } }")
        .start();
  }

  private HttpRequest.Builder request(Proxy proxy, String line) {
    int space = line.indexOf(' ');
    return HttpRequest.newBuilder(
            URI.create(
                "http://127.0.0.1:"
                    + proxy.meridian().adminAddress().getPort()
                    + line.substring(space + 1)))
        .timeout(Duration.ofSeconds(20))
        .method(line.substring(0, space), HttpRequest.BodyPublishers.noBody());
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.Builder allowed(HttpRequest.Builder request) {
    return request.header("Authorization", "Bearer correct horse");
  }

  /** The documented path that a request asks for. */
  private String documented(String line) {
    String path = line.substring(line.indexOf(' ') + 1).replaceAll("\\?.*", "");
    return path.replaceAll("^/api/regions/[^/]+/", "/api/regions/{region}/");
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? description.at(node.get("$ref").asText().substring(1)) : node;
  }

  private void conforms(String line, HttpResponse<String> answer) throws IOException {
    String method = line.substring(0, line.indexOf(' ')).toLowerCase(java.util.Locale.ROOT);
    JsonNode responses =
        description.path("paths").path(documented(line)).path(method).path("responses");
    String what = line + ": " + answer.statusCode() + " " + answer.body();
    assertTrue(responses.has("" + answer.statusCode()), what);
    JsonNode content = resolved(responses.get("" + answer.statusCode())).path("content");
    String type = answer.headers().firstValue("content-type").orElse("").replaceAll("\\s*;.*", "");
    assertTrue(content.has(type), what + " is " + type);
    if (type.equals("application/json")) {
      assertValid(content.path(type).path("schema"), json.readTree(answer.body()), what);
    }
  }

  private void assertValid(JsonNode schema, JsonNode value, String what) {
    ObjectNode whole = json.createObjectNode();
    whole.setAll((ObjectNode) schema.deepCopy());
    whole.set("components", description.get("components"));
    Set<ValidationMessage> faults =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(whole)
            .validate(value);
    assertEquals(Set.of(), faults, what);
  }

  @Test
  void every_path_answers_as_the_description_says() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy = proxy(one, two);
        HttpClient _ = client) {
      description = json.readTree(send(request(proxy, "GET /api/openapi.json")).body());
      for (int i = 0; i < 5; i++) {
        proxy.get("/");
      }
      Set<String> seen = new HashSet<>(Set.of("/api/stream"));
      for (String line : GOOD) {
        HttpResponse<String> answer = send(allowed(request(proxy, line)));
        assertEquals(200, answer.statusCode(), line + ": " + answer.body());
        conforms(line, answer);
        seen.add(documented(line));
      }
      Set<String> all = new HashSet<>();
      description.get("paths").fieldNames().forEachRemaining(all::add);
      assertEquals(all, seen, "each documented path has been asked for");
      HttpResponse<String> open =
          send(request(proxy, "GET /metrics").header("accept", OPENMETRICS));
      conforms("GET /metrics", open);
      streamConforms(proxy);
    }
  }

  @Test
  void refusals_are_as_the_description_says_too() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy = proxy(one, two);
        HttpClient _ = client) {
      description = json.readTree(send(request(proxy, "GET /api/openapi.json")).body());
      String start = "POST /api/drills/start?region=first&for=5m&share=50&reason=x";
      Map<String, Integer> expected =
          Map.of(
              "GET /api/explain", 400,
              "POST /api/drills/start?region=nowhere&for=5m&share=50&reason=x", 400,
              "POST /api/drills/start?region=first&for=5m&share=0&reason=x", 400,
              "POST /api/drills/start?region=first&for=5m&share=101&reason=x", 400,
              "POST /api/drills/start?region=first&for=soon&share=10&reason=x", 400,
              "POST /api/drills/start?region=first&for=90h&share=10&reason=x", 409,
              "POST /api/drills/stop?why=x", 400,
              "POST /api/regions/first/down?ttl=90h&reason=x", 409);
      for (var one400 : expected.entrySet()) {
        HttpResponse<String> answer = send(allowed(request(proxy, one400.getKey())));
        assertEquals(one400.getValue(), answer.statusCode(), one400.getKey() + answer.body());
        conforms(one400.getKey(), answer);
      }
      HttpResponse<String> nobody = send(request(proxy, start));
      assertEquals(401, nobody.statusCode());
      conforms(start, nobody);
      for (String site : List.of("cross-site", "same-site")) {
        HttpResponse<String> foreign =
            send(allowed(request(proxy, start)).header("Sec-Fetch-Site", site));
        assertEquals(403, foreign.statusCode(), site);
        conforms(start, foreign);
      }
      assertEquals(405, send(request(proxy, "GET /api/drills/start")).statusCode());
      assertEquals(null, proxy.meridian().drills().active());
    }
  }

  private void streamConforms(Proxy proxy) throws Exception {
    HttpResponse<InputStream> answer =
        client.send(
            request(proxy, "GET /api/stream").build(), HttpResponse.BodyHandlers.ofInputStream());
    assertEquals("text/event-stream", answer.headers().firstValue("content-type").orElse(""));
    Map<String, String> schemas = Map.of("state", "State", "numbers", "Tick");
    Set<String> seen = new HashSet<>();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      while (seen.size() < schemas.size()) {
        String event = lines.readLine();
        assertNotNull(event);
        if (event.startsWith("event: ")) {
          String name = event.substring("event: ".length());
          String data = lines.readLine();
          assertNotNull(data);
          assertValid(
              description.at("/components/schemas/" + schemas.get(name)),
              json.readTree(data.substring("data: ".length())),
              name);
          seen.add(name);
        }
      }
    }
  }
}
