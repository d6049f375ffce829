package io.meridian.proxy.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class LogEncoderTest {
  private static final String FAILED_OVER =
      """
      {"time":"2023-11-14T22:13:20.000Z","request_id":"abc","listener":"public","route":"api",\
      "client_ip":"203.0.113.9","client_country":"DE","client_continent":"EU",\
      "peer_ip":"10.0.0.7","method":"GET","host":"example.com","path":"/a\\"b",\
      "protocol":"HTTP/1.1","status":200,"flags":"UF,RF","bytes_in":120,"bytes_out":4096,\
      "duration_ms":81.500,"timings":{"total":81.500,"tr":0.250,"tw":0.000,"tc":20.000,\
      "ttfb":40.000},"region":"us-east","endpoint":"10.2.0.10:8080","upstream_status":200,\
      "attempt_count":2,"attempts":[{"region":"eu-west","endpoint":"10.1.0.10:8080",\
      "start_ms":0.300,"outcome":"connect_failed"},{"region":"us-east",\
      "endpoint":"10.2.0.10:8080","start_ms":1.000,"connect_ms":20.000,"ttfb_ms":40.000,\
      "outcome":"success","status":200}],"decision":{"reason":"fastest",\
      "order":["eu-west","us-east"]},"fence":"gdpr","user_agent":"curl/8"}
      """;

  private final RequestLog log = new RequestLog();
  private final LogEncoder encoder = new LogEncoder();
  private final ObjectMapper mapper = new ObjectMapper();

  @Test
  void a_failed_over_request_shows_every_attempt_and_the_decision() throws IOException {
    failedOver(log);
    String line = line();
    assertEquals(FAILED_OVER, line);
    mapper.readTree(line);
  }

  @Test
  void what_is_not_known_is_left_out_and_nothing_stays_from_the_request_before()
      throws IOException {
    failedOver(log);
    line();
    log.reset();
    log.epochMillis = 1_700_000_000_000L;
    log.status = 400;
    log.terminatedBy = RequestLog.TerminatedBy.PROXY;
    JsonNode node = mapper.readTree(line());
    assertEquals(
        """
        {"time":"2023-11-14T22:13:20.000Z","status":400,"bytes_in":0,"bytes_out":0,\
        "duration_ms":0.0,"timings":{"total":0.0},"terminated_by":"proxy"}\
        """,
        node.toString());
  }

  @Test
  void one_attempt_that_went_well_needs_no_list() throws IOException {
    log.reset();
    EndpointMeters endpoint = new EndpointMeters("eu", "10.1.0.10:80", 1);
    log.upstream = endpoint;
    log.attempt(endpoint, 0, 0, 0, 1_000, AttemptOutcome.SUCCESS, 200);
    assertFalse(mapper.readTree(line()).has("attempts"));
    log.reset();
    log.attempt(endpoint, 0, 0, 0, RequestLog.ABSENT, AttemptOutcome.RESET, 0);
    assertEquals("reset", mapper.readTree(line()).at("/attempts/0/outcome").asText());
  }

  @Test
  void attempts_past_the_fourth_are_only_counted() throws IOException {
    log.reset();
    EndpointMeters endpoint = new EndpointMeters("eu", "10.1.0.10:80", 1);
    for (int i = 0; i < 7; i++) {
      log.attempt(endpoint, i, i, 0, 0, AttemptOutcome.RESET, 0);
    }
    log.retryDenied = RetryDenied.ATTEMPTS;
    JsonNode node = mapper.readTree(line());
    assertEquals(7, node.get("attempt_count").asInt());
    assertEquals(4, node.get("attempts").size());
    assertEquals("attempts", node.get("retry_denied").asText());
  }

  @Test
  void a_path_is_capped_and_hostile_bytes_stay_on_one_line() throws IOException {
    log.reset();
    byte[] hostile = "/\n{\"status\":200}\r\n\u001b[2J".repeat(500).getBytes(UTF_8);
    log.path.copy(hostile, 0, hostile.length, RequestLog.MAX_PATH);
    log.userAgent.set(hostile);
    String line = line();
    assertEquals(line.length() - 1, line.indexOf('\n'));
    assertEquals(RequestLog.MAX_PATH, mapper.readTree(line).get("path").asText().length());
    assertTrue(line.chars().allMatch(c -> (c >= 0x20 && c < 0x7f) || c == '\n'));
  }

  @Test
  void a_copied_text_survives_its_source() throws IOException {
    log.reset();
    byte[] source = "GET /first".getBytes(UTF_8);
    log.path.copy(source, 4, 6, RequestLog.MAX_PATH);
    source[5] = 'X';
    assertEquals("/first", mapper.readTree(line()).get("path").asText());
  }

  static void failedOver(RequestLog log) {
    log.reset();
    EndpointMeters eu = new EndpointMeters("eu-west", "10.1.0.10:8080", 1);
    EndpointMeters us = new EndpointMeters("us-east", "10.2.0.10:8080", 1);
    log.epochMillis = 1_700_000_000_000L;
    log.requestId.set("abc".getBytes(UTF_8));
    log.route = new RouteMeters("public", "api", 1);
    log.clientIp.set("203.0.113.9".getBytes(UTF_8));
    log.peerIp.set("10.0.0.7".getBytes(UTF_8));
    log.clientCountry = "DE";
    log.clientContinent = "EU";
    log.method.set("GET".getBytes(UTF_8));
    log.host.set("example.com".getBytes(UTF_8));
    log.path.set("/a\"b".getBytes(UTF_8));
    log.protocol.set("HTTP/1.1".getBytes(UTF_8));
    log.userAgent.set("curl/8".getBytes(UTF_8));
    log.status = 200;
    log.flag(Flag.RF);
    log.flag(Flag.UF);
    log.bytesIn = 120;
    log.bytesOut = 4096;
    log.headNanos = 250_000;
    log.queueNanos = 0;
    log.connectNanos = 20_000_000;
    log.ttfbNanos = 40_000_000;
    log.totalNanos = 81_500_000;
    log.upstream = us;
    log.upstreamStatus = 200;
    log.decision = DecisionReason.FASTEST;
    log.orderJson = "[\"eu-west\",\"us-east\"]".getBytes(UTF_8);
    log.fenceJson = "\"gdpr\"".getBytes(UTF_8);
    log.attempt(
        eu,
        300_000,
        900_000,
        RequestLog.ABSENT,
        RequestLog.ABSENT,
        AttemptOutcome.CONNECT_FAILED,
        0);
    log.attempt(us, 1_000_000, 90_000_000, 20_000_000, 40_000_000, AttemptOutcome.SUCCESS, 200);
  }

  private String line() {
    JsonLine line = encoder.encode(log);
    return new String(line.bytes(), 0, line.length(), UTF_8);
  }
}
