package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.admin.ControlRequest;
import io.meridian.proxy.admin.DrillReport;
import io.meridian.proxy.admin.DrillRequest;
import io.meridian.proxy.admin.DrillStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A region that is failed on purpose, as requests feel it. */
@ExtendWith(NoLeaks.class)
class DrillIT {
  private static final int CLIENTS = 60;

  private static String admin(String drill) {
    return "{ address: \"127.0.0.1:0\", controls: { pause: 0s, drill: { " + drill + " } } }";
  }

  private static Proxy two(Origin one, Origin two, String drill) {
    return Proxy.on("nio")
        .trusting("127.0.0.0/8")
        .region("first", one)
        .region("second", two)
        .with("admin", admin(drill));
  }

  private static DrillRequest ask(String region, Duration time, int percent) {
    return new DrillRequest(region, time, percent, "ann", "practice");
  }

  private static DrillStatus start(Proxy proxy, String region, Duration time, int percent)
      throws ControlRefused {
    return proxy.meridian().startDrill(ask(region, time, percent), Map.of());
  }

  /** One request of a client, by the address that a trusted proxy gives. */
  private static String asked(Proxy proxy, int client) throws IOException {
    try (Wire wire = proxy.client()) {
      return wire.send(
              "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113."
                  + client
                  + "\r\nConnection: close\r\n\r\n")
          .response()
          .body();
    }
  }

  private static @Nullable DrillReport active(Proxy proxy) {
    return proxy.meridian().drills().active();
  }

  private static void answersAgain(Proxy proxy, String body) {
    Await.until(
        "an answer of " + body,
        () -> {
          try {
            return asked(proxy, 1).equals(body);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static DrillReport ended(Proxy proxy) {
    Await.until("the drill to end", () -> active(proxy) == null);
    return proxy.meridian().drills().reports().getFirst();
  }

  @Test
  void each_client_sees_one_world_while_a_drill_lasts_and_the_report_tells_what_came_of_it(
      @TempDir Path directory) throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy = two(one, two, "reports: \"" + directory + "\"").start()) {
      start(proxy, "first", Duration.ofHours(1), 50);
      assertEquals(1, proxy.metric("meridian_drill_active{region=\"first\""));
      int moved = 0;
      for (int client = 1; client <= CLIENTS; client++) {
        String answer = asked(proxy, client);
        assertEquals(answer, asked(proxy, client), "the same client again");
        moved += answer.equals("two") ? 1 : 0;
      }
      assertTrue(moved > CLIENTS / 5 && moved < CLIENTS * 4 / 5, moved + " of " + CLIENTS);
      assertEquals(
          moved * 2,
          proxy.metric("meridian_routing_decisions_total{region=\"second\",reason=\"drill\""));
      proxy.meridian().stopDrill("enough");

      DrillReport report = ended(proxy);
      assertEquals(DrillReport.STOPPED, report.outcome());
      assertEquals("enough", report.why());
      assertEquals(moved * 2L, report.moved().requests());
      assertEquals((CLIENTS - moved) * 2L, report.usual().requests());
      assertEquals(0, report.moved().errors());
      assertNotNull(report.addedP95Millis());
      assertNotNull(report.firstMovedMillis());
      assertEquals(moved * 2L, report.receivers().getFirst().requests());
      assertEquals("second", report.receivers().getFirst().region());
      assertEquals("one", asked(proxy, 1));
      Path file = directory.resolve("drill-" + report.id() + ".json");
      Await.until("the report's file", () -> Files.exists(file));
      assertEquals(report.id(), new DrillReports().read(directory).getFirst().id());
    }
  }

  @Test
  void a_drill_of_all_clients_spares_nobody_and_ends_by_itself() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy = two(one, two, "max_errors: 50%").start()) {
      start(proxy, "first", Duration.ofSeconds(1), 100);
      assertEquals("two", asked(proxy, 1));
      DrillReport report = ended(proxy);
      assertEquals(DrillReport.COMPLETED, report.outcome());
      answersAgain(proxy, "one");
      assertTrue(
          proxy.metric("meridian_drill_last_success_timestamp_seconds{region=\"first\"") > 0);
      assertEquals(0, proxy.metric("meridian_drill_active{region=\"first\""));
    }
  }

  @Test
  void a_drill_is_broken_off_when_the_requests_that_it_moved_fail() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two =
            Origin.answering(
                (wire, _) -> wire.send("HTTP/1.1 505 No\r\nContent-Length: 0\r\n\r\n"));
        Proxy proxy = two(one, two, "min_requests: 5").start()) {
      start(proxy, "first", Duration.ofHours(1), 100);
      for (int client = 1; client <= 5; client++) {
        asked(proxy, client);
      }
      DrillReport report = ended(proxy);
      assertEquals(DrillReport.ABORTED, report.outcome());
      assertTrue(report.why().startsWith("errors: 5 of 5"), report.why());
      assertEquals(
          0, proxy.metric("meridian_drill_last_success_timestamp_seconds{region=\"first\""));
      answersAgain(proxy, "one");
    }
  }

  @Test
  void a_drill_that_would_leave_nobody_is_refused_and_says_by_which_rule() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy = two(one, two, "").start()) {
      start(proxy, "first", Duration.ofHours(1), 10);
      ControlRefused second =
          assertThrows(ControlRefused.class, () -> start(proxy, "second", Duration.ofHours(1), 10));
      assertEquals("one_drill", second.rule());
      ControlRefused drain =
          assertThrows(
              ControlRefused.class,
              () ->
                  proxy
                      .meridian()
                      .control(
                          new ControlRequest(
                              "second",
                              ControlRequest.Action.DOWN,
                              0,
                              Duration.ofHours(1),
                              "ann",
                              "test")));
      assertEquals("min_regions", drain.rule());
      proxy.meridian().stopDrill("enough");
      proxy
          .meridian()
          .control(
              new ControlRequest(
                  "second", ControlRequest.Action.DOWN, 0, Duration.ofHours(1), "ann", "test"));
      ControlRefused last =
          assertThrows(ControlRefused.class, () -> start(proxy, "first", Duration.ofHours(1), 10));
      assertEquals("min_regions", last.rule());
      assertNull(active(proxy));
    }
  }

  @Test
  void a_reload_keeps_a_drill_unless_its_region_is_gone() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Origin three = Origin.saying("three");
        Proxy proxy = two(one, two, "").region("third", three).start()) {
      start(proxy, "first", Duration.ofHours(1), 100);
      proxy.meridian().reload(proxy.config());
      assertNotNull(active(proxy));
      assertEquals("two", asked(proxy, 1));
      proxy
          .meridian()
          .reload(
              Proxy.on("nio")
                  .region("second", two)
                  .region("third", three)
                  .with("admin", admin(""))
                  .config());
      DrillReport report = ended(proxy);
      assertEquals(DrillReport.ABORTED, report.outcome());
      assertEquals("the region is no longer configured", report.why());
    }
  }
}
