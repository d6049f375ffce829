package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meridian.config.ProcessLog.Format;
import io.meridian.config.ProcessLog.LoggerLevel;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class LogLinesTest {
  private static final String HERE = "io.meridian.test.levels";

  private static LogRecord entry() {
    LogRecord entry = new LogRecord(Level.WARNING, "it said \"no\"\nand left");
    entry.setInstant(Instant.parse("2026-11-21T20:00:00.123Z"));
    entry.setLoggerName("io.meridian.x");
    return entry;
  }

  @Test
  void an_event_is_a_line_of_text() {
    assertEquals(
        "2026-11-21T20:00:00.123Z WARN it said \"no\"\nand left\n",
        new LogLines(Format.TEXT).format(entry()));
  }

  @Test
  void an_event_is_an_object_on_one_line() throws Exception {
    LogRecord entry = entry();
    entry.setThrown(new IllegalStateException("a fault"));
    String line = new LogLines(Format.JSON).format(entry);
    assertEquals(1, line.lines().count());
    JsonNode json = new ObjectMapper().readTree(line);
    assertEquals("2026-11-21T20:00:00.123Z", json.get("time").asText());
    assertEquals("WARN", json.get("level").asText());
    assertEquals("io.meridian.x", json.get("logger").asText());
    assertEquals("it said \"no\"\nand left", json.get("message").asText());
    assertTrue(json.get("stack").asText().contains("a fault"));
  }

  @Test
  void a_stopped_loop_that_takes_no_task_is_not_worth_a_line() {
    LogRecord entry = entry();
    entry.setThrown(new RejectedExecutionException("event executor terminated"));
    assertTrue(LogLines.worthSaying(entry));
    entry.setLoggerName("io.netty.channel.AbstractChannel");
    assertFalse(LogLines.worthSaying(entry));
  }

  @Test
  void what_is_asked_for_by_hand_holds_until_its_time_is_over() {
    ProcessLog log = new ProcessLog();
    Logger logger = Logger.getLogger(HERE);
    log.configure(
        config(List.of(new LoggerLevel(HERE, io.meridian.config.ProcessLog.Level.WARN))), 0);
    assertEquals(Level.WARNING, logger.getLevel());
    log.set(HERE, io.meridian.config.ProcessLog.Level.DEBUG, 1_000, 0);
    assertEquals(Level.FINE, logger.getLevel());
    log.configure(config(List.of()), 500);
    assertEquals(Level.FINE, logger.getLevel(), "a reload does not end it");
    assertEquals(2, log.levels(500).size());
    log.tick(1_000);
    assertNull(logger.getLevel(), "as the one above it");
    assertEquals("root", log.levels(1_000).getFirst().logger());
  }

  private static io.meridian.config.ProcessLog config(List<LoggerLevel> levels) {
    return new io.meridian.config.ProcessLog(
        Format.TEXT, io.meridian.config.ProcessLog.Level.INFO, levels);
  }
}
