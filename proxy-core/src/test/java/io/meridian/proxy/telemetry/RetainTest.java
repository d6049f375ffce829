package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetainTest {
  private final Telemetry telemetry = new Telemetry(1, "test");

  @AfterEach
  void close() {
    telemetry.close();
  }

  @Test
  void series_of_what_is_gone_end_and_all_others_go_on() {
    // given
    RouteMeters kept = telemetry.route("public", "kept");
    telemetry.route("public", "gone");
    telemetry.route("gone", "kept");
    EndpointMeters first = telemetry.endpoint("eu", "10.0.0.1:80");
    telemetry.endpoint("eu", "10.0.0.2:80");
    telemetry.endpoint("gone", "10.0.0.1:80");
    RegionMeters region = telemetry.region("eu");
    RegionMeters old = telemetry.region("gone");
    telemetry.counters().failover("eu", "gone", AttemptOutcome.RESET);
    telemetry.counters().fenceBlocked("gone");
    kept.finished(0, 0, 200, 1, 1, 1);
    // when
    telemetry.retain(
        Set.of("public"),
        Set.of("kept"),
        Set.of("eu"),
        Set.of(new Telemetry.EndpointKey("eu", "10.0.0.1:80")),
        Set.of());
    // then
    assertSame(kept, telemetry.route("public", "kept"));
    assertSame(first, telemetry.endpoint("eu", "10.0.0.1:80"));
    assertSame(region, telemetry.region("eu"));
    String scrape = telemetry.scrape(null);
    assertFalse(scrape.contains("\"gone\""), scrape);
    assertFalse(scrape.contains("10.0.0.2"), scrape);
    assertNotSame(old, telemetry.region("gone"));
    assertEquals(1, kept.requests(0, StatusCodes.slot(200)));
  }
}
