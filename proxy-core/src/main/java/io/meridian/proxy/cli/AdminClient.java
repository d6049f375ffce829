package io.meridian.proxy.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meridian.config.HostPort;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asks the admin API of a running proxy. */
final class AdminClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final ObjectMapper json = new ObjectMapper();
  private final HostPort admin;

  AdminClient(HostPort admin) {
    this.admin = admin;
  }

  /** Nobody answers there, or nothing that could be understood. */
  static final class Unreachable extends IOException {
    private static final long serialVersionUID = 1;

    Unreachable(String message, IOException cause) {
      super(message, cause);
    }
  }

  /** What the API answered. */
  record Answer(int status, JsonNode body) {
    boolean good() {
      return status == 200;
    }

    /**
     * Itself, if all is well.
     *
     * @throws IOException if not; the message says why
     */
    Answer orFail() throws IOException {
      if (!good()) {
        throw new IOException(error());
      }
      return this;
    }

    private String error() {
      String rule = body.path("rule").asText("");
      String error = body.path("error").asText("answered " + status);
      return rule.isEmpty() ? error : "refused by rule " + rule + ": " + error;
    }
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  /** A change, with the token that it needs. */
  Answer post(String path, Map<String, String> parameters, String token)
      throws IOException, InterruptedException {
    String query =
        parameters.entrySet().stream()
            .map(one -> one.getKey() + "=" + encoded(one.getValue()))
            .collect(Collectors.joining("&"));
    return send(
        request(path + "?" + query)
            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.noBody()));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://" + admin + path)).timeout(PATIENCE);
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> answer;
    try {
      answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new Unreachable("no answer from " + admin + reason(e), e);
    }
    JsonNode body;
    try {
      body = json.readTree(answer.body());
    } catch (JsonProcessingException e) {
      throw new Unreachable("what answers at " + admin + " is no Meridian", e);
    }
    return new Answer(answer.statusCode(), body == null ? json.createObjectNode() : body);
  }

  private static String reason(IOException e) {
    @Nullable String message = e.getMessage();
    return message == null ? "; is a proxy running there?" : ": " + message;
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    client.close();
  }
}
