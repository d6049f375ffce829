package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ConfigLoader;
import io.meridian.config.DrillRules;
import io.meridian.config.MeridianConfig;
import io.meridian.proxy.admin.DrillReport;
import io.meridian.proxy.admin.DrillRequest;
import io.meridian.proxy.routing.Drill;
import io.meridian.proxy.telemetry.DrillMeters;
import io.meridian.proxy.telemetry.DrillMeters.Group;
import io.meridian.proxy.telemetry.Telemetry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DrillRunTest {
  private static final DrillRules RULES = new DrillRules(5, Duration.ofSeconds(5), 20, null);
  private static final String CONFIG =
      """
      version: 1
      listeners: [ { name: public, address: "127.0.0.1:8080" } ]
      regions:
        - { name: first, endpoints: [ { url: "http://127.0.0.1:9001" } ] }
        - { name: second, endpoints: [ { url: "http://127.0.0.1:9002" } ] }
      """;

  private final DrillMeters meters = new DrillMeters(1, 2);
  private final MeridianConfig config;
  private final DrillRun run;

  DrillRunTest() throws Exception {
    config = new ConfigLoader(Map.of()).parse("test.yaml", CONFIG);
    run =
        new DrillRun(
            new DrillRequest("first", Duration.ofMinutes(5), 20, "ann", "practice"),
            new Drill("first", 0.2, 1),
            meters,
            "first-x",
            config,
            Map.of("second", 10.0),
            new Telemetry(1, "test"),
            0,
            1_000);
  }

  private void finished(Group group, int count, boolean failed, long millis) {
    for (int i = 0; i < count; i++) {
      meters.begun(0, group, 1, TimeUnit.MILLISECONDS.toNanos(7));
      meters.finished(0, group, failed, TimeUnit.MILLISECONDS.toNanos(millis));
    }
  }

  @Test
  void few_requests_are_not_judged() {
    finished(Group.MOVED, 19, true, 1);
    assertNull(run.broken(RULES));
  }

  @Test
  void slow_answers_break_it_off() {
    finished(Group.MOVED, 94, false, 10);
    finished(Group.MOVED, 6, false, 8_000);
    String why = run.broken(RULES);
    assertNotNull(why);
    assertTrue(why.startsWith("p95"), why);
  }

  @Test
  void errors_break_it_off_only_beyond_their_part() {
    finished(Group.MOVED, 95, false, 10);
    finished(Group.MOVED, 5, true, 10);
    assertNull(run.broken(RULES));
    finished(Group.MOVED, 1, true, 10);
    assertNotNull(run.broken(RULES));
  }

  @Test
  void only_the_last_ten_seconds_count() {
    finished(Group.MOVED, 30, true, 10);
    for (int second = 1; second <= 11; second++) {
      run.look(config, TimeUnit.SECONDS.toNanos(second));
    }
    finished(Group.MOVED, 30, false, 10);
    assertNull(run.broken(RULES));
  }

  @Test
  void the_report_compares_those_moved_with_those_that_stayed() {
    finished(Group.MOVED, 100, false, 150);
    finished(Group.USUAL, 100, false, 100);
    DrillReport report = run.report(RULES, DrillReport.RUNNING, "", null, 0);
    Double added = report.addedP50Millis();
    assertNotNull(added);
    assertEquals(50, added, 12);
    assertEquals(300, report.remainingSeconds());
    assertEquals(7, report.firstMovedMillis());
    assertEquals(
        new DrillReport.Receiver("second", 100, 0, 0, 10, 0), report.receivers().getFirst());
  }
}
