package io.meridian.proxy;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.geo.GeoService.DatabaseStatus;
import io.meridian.health.HealthEvent;
import io.meridian.health.HealthState;
import io.meridian.proxy.admin.Event;
import io.meridian.proxy.telemetry.Telemetry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class EventLogTest {
  private final Telemetry telemetry = new Telemetry(1, "test");
  private final EventLog events =
      new EventLog(InstantSource.fixed(Instant.ofEpochMilli(1_000)), telemetry.counters());
  private final List<Event> heard = new ArrayList<>();

  @BeforeEach
  void listen() {
    events.onEvent(heard::add);
  }

  @AfterEach
  void close() {
    telemetry.close();
  }

  @Test
  void the_latest_two_hundred_are_kept_the_latest_first() {
    for (int i = 0; i < 300; i++) {
      events.edge(EventLog.Kind.EDGE, "a", "b", "cause " + i);
    }
    assertEquals(
        IntStream.range(0, 200).mapToObj(i -> "cause " + (299 - i)).toList(),
        events.latest().stream().map(Event::cause).toList());
    assertEquals(300, heard.size());
  }

  @Test
  void an_ejection_that_is_only_reported_is_told_as_such_and_counted_apart() {
    events.health(
        new HealthEvent(
            7, "eu", "127.0.0.1:80", HealthState.SUSPECT, HealthState.EJECTED, true, "reset"));
    assertEquals(
        List.of(new Event(7, "health", "eu", "127.0.0.1:80", "suspect", "would eject", "reset")),
        events.latest());
    assertTrue(
        metrics()
            .lines()
            .anyMatch(line ->
                line.startsWith("meridian_would_eject_total{region=\"eu\"")
                    && line.endsWith(" 1.0")));
    assertTrue(metrics().lines().noneMatch(line -> line.startsWith("meridian_ejections_total{")));
  }

  @Test
  void a_change_of_health_is_told_with_its_cause_and_counted() {
    events.health(
        new HealthEvent(
            7, "eu", "127.0.0.1:80", HealthState.HEALTHY, HealthState.EJECTED, false, "reset"));
    assertEquals(
        List.of(new Event(7, "health", "eu", "127.0.0.1:80", "healthy", "ejected", "reset")),
        events.latest());
    assertTrue(
        metrics()
            .lines()
            .anyMatch(line ->
                line.startsWith("meridian_events_total{kind=\"health\"") && line.endsWith(" 1.0")));
  }

  @Test
  void holding_is_two_events_however_many_wait_and_come_and_go() {
    HoldWatch holds = new HoldWatch(events);
    holds.look(0, 0, at(0));
    holds.look(0, 5, at(100)); // came and went between two looks
    holds.look(3, 9, at(200));
    holds.look(0, 9, at(300));
    holds.look(0, 9, at(1_100));
    assertEquals(List.of("holding"), heard.stream().map(Event::to).toList());
    holds.look(1, 10, at(1_150));
    holds.look(0, 10, at(2_100));
    assertEquals(List.of("holding"), heard.stream().map(Event::to).toList());
    holds.look(0, 10, at(2_150));
    assertEquals(List.of("holding", "passing"), heard.stream().map(Event::to).toList());
    assertEquals("10 requests waited within 1050 ms", heard.getLast().cause());
    holds.look(0, 10, at(9_000));
    holds.look(1, 11, at(9_100));
    assertEquals(3, heard.size());
  }

  @Test
  void a_replaced_and_a_refused_database_are_events() {
    GeoWatch databases = new GeoWatch(events, List.of(database(10, 0, 0, "")));
    databases.look(List.of(database(10, 0, 0, "")));
    assertEquals(List.of(), heard);
    databases.look(List.of(database(10, 0, 1, "older")));
    databases.look(List.of(database(20, 1, 1, "older")));
    assertEquals(
        List.of(
            new Event(1_000, "geo", "", "", "built 1970-01-01T00:00:10Z", "refused", "older"),
            new Event(
                1_000,
                "geo",
                "",
                "",
                "built 1970-01-01T00:00:10Z",
                "built 1970-01-01T00:00:20Z",
                "city database city.mmdb")),
        heard);
  }

  private static DatabaseStatus database(
      long built, long reloads, long refused, String lastRefusal) {
    return new DatabaseStatus(
        "city", "city.mmdb", "City", built, 1, reloads, refused, lastRefusal, "");
  }

  private String metrics() {
    return telemetry.scrape(null);
  }

  private static long at(long millis) {
    return MILLISECONDS.toNanos(millis);
  }
}
