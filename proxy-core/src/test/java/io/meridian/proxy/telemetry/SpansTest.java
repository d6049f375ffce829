package io.meridian.proxy.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class SpansTest {
  private static final Trace TRACE = new Trace(1, 2, 3, 4, true, true, true);

  private final Spans.Counts counts = new Spans.Counts();
  private final List<String> batches = new CopyOnWriteArrayList<>();
  private final RequestLog request = new RequestLog();

  private Spans spans(int batch, Spans.Sender sender) {
    return new Spans(1, 1 << 14, batch, Duration.ofMillis(10), counts, sender);
  }

  /** Takes all, or nothing, once it may. */
  private Spans.Sender sender(boolean takes, CountDownLatch go) {
    return new Spans.Sender() {
      @Override
      public boolean send(byte[] lines, int length) throws InterruptedException {
        go.await();
        batches.add(new String(lines, 0, length, UTF_8));
        return takes;
      }

      @Override
      public void close() {}
    };
  }

  @Test
  void an_exchange_has_a_span_and_one_for_each_attempt() throws Exception {
    try (Spans spans = spans(100, sender(true, new CountDownLatch(0)))) {
      LogEncoderTest.failedOver(request);
      spans.write(0, request, TRACE);
    }
    List<String> lines = batches.getFirst().lines().toList();
    assertEquals(3, lines.size());
    assertEquals(3, counts.exported.sum());
    ObjectMapper json = new ObjectMapper();
    JsonNode exchange = json.readTree(lines.get(0));
    JsonNode failed = json.readTree(lines.get(1));
    JsonNode answered = json.readTree(lines.get(2));
    assertEquals("00000000000000010000000000000002", exchange.get("traceId").asText());
    assertEquals("0000000000000003", exchange.get("parentSpanId").asText());
    assertEquals(2, exchange.get("kind").asInt());
    for (JsonNode attempt : List.of(failed, answered)) {
      assertEquals(exchange.get("traceId"), attempt.get("traceId"));
      assertEquals(exchange.get("spanId"), attempt.get("parentSpanId"));
      assertEquals(3, attempt.get("kind").asInt());
      assertTrue(nanos(attempt, "start") >= nanos(exchange, "start"));
      assertTrue(nanos(attempt, "end") >= nanos(attempt, "start"));
    }
    assertEquals(2, failed.get("status").get("code").asInt());
    assertTrue(answered.get("status").isEmpty());
    assertTrue(lines.get(1).contains("connect_failed"), lines.get(1));
  }

  private static long nanos(JsonNode span, String end) {
    return Long.parseLong(span.get(end + "TimeUnixNano").asText());
  }

  @Test
  void batches_have_their_size_at_most() {
    try (Spans spans = spans(2, sender(true, new CountDownLatch(0)))) {
      for (int i = 0; i < 5; i++) {
        request.reset();
        spans.write(0, request, TRACE);
      }
    }
    assertTrue(batches.stream().allMatch(batch -> batch.lines().count() <= 2));
    assertEquals(5, batches.stream().mapToLong(batch -> batch.lines().count()).sum());
  }

  @Test
  void spans_are_dropped_and_counted_while_the_collector_is_stuck() {
    CountDownLatch go = new CountDownLatch(1);
    try (Spans spans = spans(10, sender(false, go))) {
      for (int i = 0; i < 1_000; i++) {
        request.reset();
        spans.write(0, request, TRACE);
      }
      assertTrue(counts.dropped.sum() > 500, () -> "dropped: " + counts.dropped.sum());
      go.countDown();
    }
    assertEquals(1_000, counts.dropped.sum() + counts.failed.sum());
    assertEquals(0, counts.exported.sum());
  }
}
