package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.geo.GeoService.DatabaseStatus;
import io.meridian.health.EndpointHealth;
import io.meridian.health.HealthEvent;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.http.Method;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TelemetryTest {
  private final Telemetry telemetry = new Telemetry(2, "1.2.3");

  @AfterEach
  void close() {
    telemetry.close();
  }

  @Test
  void a_scrape_folds_what_the_loops_counted() {
    countOneOfEach();
    has(
        "meridian_requests_total{listener=\"public\",route=\"api\",method=\"GET\",code=\"200\",} 2");
    has(
        "meridian_requests_total{listener=\"public\",route=\"api\",method=\"POST\",code=\"503\",} 1");
    has(
        "meridian_requests_total{listener=\"public\",route=\"api\",method=\"other\",code=\"5xx\",}");
    has("meridian_request_duration_seconds_bucket{route=\"api\",le=\"0.01\",} 1.0");
    has("meridian_request_duration_seconds_bucket{route=\"api\",le=\"0.05\",} 4.0");
    has("meridian_request_duration_seconds_bucket{route=\"api\",le=\"+Inf\",} 4.0");
    has("meridian_request_duration_seconds_count{route=\"api\",} 4.0");
    has("meridian_request_duration_seconds_sum{route=\"api\",} 0.133");
    has("meridian_response_bytes_total{listener=\"public\",route=\"api\",} 4000.0");
    has("meridian_client_aborts_total{listener=\"public\",route=\"api\",} 1.0");
    has(
        "meridian_retry_denied_total{listener=\"public\",route=\"api\",reason=\"bytes_sent\",} 1.0");
    has(
        "meridian_upstream_attempts_total{region=\"eu\",endpoint=\"10.0.0.1:80\",outcome=\"connect");
    has("meridian_upstream_ttfb_seconds_count{region=\"eu\",endpoint=\"10.0.0.1:80\",} 1.0");
    has("meridian_pool_connections{region=\"eu\",state=\"idle\",} 1.0");
    has("meridian_pool_connections{region=\"eu\",state=\"busy\",} 1.0");
    has("meridian_routing_decisions_total{region=\"eu\",reason=\"fastest\",} 1.0");
    has("meridian_connections{listener=\"public\",} 1.0");
    has("meridian_geo_lookups_total{result=\"found\",} 1.0");
    has("meridian_failovers_total{from=\"eu\",to=\"us\",reason=\"connect_failed\",} 1.0");
    has("meridian_connect_races_total{winner=\"backup\",} 1.0");
    has("meridian_fence_blocked_total{fence=\"gdpr\",} 1.0");
    has("meridian_ejections_total{region=\"eu\",kind=\"region\",} 1.0");
    has("meridian_build_info{version=\"1.2.3\",java=");
    has("jvm_memory_used_bytes");
  }

  @Test
  void health_and_databases_are_shown_as_their_owners_see_them_at_the_time() {
    RegionHealth eu =
        new RegionHealth(
            "eu",
            HealthState.EJECTED,
            0,
            25,
            0.1,
            9,
            0,
            "refused",
            List.of(
                new EndpointHealth("eu", "10.0.0.1:80", HealthState.EJECTED, 0, 25, 0, "refused")));
    telemetry.health(() -> new HealthView(1, List.of(eu), true, true));
    telemetry.geo(
        () -> List.of(new DatabaseStatus("city", "f", "City", 1_000, 5, 2, 1, "torn", "")));
    telemetry.draining(() -> true);
    telemetry.accessLogDropped(() -> 17);
    has("meridian_region_up{region=\"eu\",} 0.0");
    has("meridian_region_state{region=\"eu\",state=\"ejected\",} 1.0");
    has("meridian_region_state{region=\"eu\",state=\"healthy\",} 0.0");
    has("meridian_region_latency_estimate_seconds{region=\"eu\",} 0.025");
    has("meridian_endpoint_health{region=\"eu\",endpoint=\"10.0.0.1:80\",state=\"ejected\",} 1.0");
    has("meridian_self_suspect 1.0");
    has("meridian_geo_db_build_timestamp_seconds{database=\"city\",} 1000.0");
    has("meridian_geo_db_reloads_total{database=\"city\",result=\"failure\",} 1.0");
    has("meridian_draining 1.0");
    has("meridian_access_log_dropped_total 17.0");
  }

  @Test
  void a_meter_asked_for_twice_is_the_same() {
    assertSame(telemetry.route("l", "r"), telemetry.route("l", "r"));
    assertSame(telemetry.endpoint("r", "e"), telemetry.endpoint("r", "e"));
    assertSame(telemetry.region("r"), telemetry.region("r"));
  }

  @Test
  void every_family_is_explained_and_every_series_of_a_family_has_the_same_labels() {
    countOneOfEach();
    Set<String> explained = new HashSet<>();
    for (String line : telemetry.scrape(null).lines().toList()) {
      if (line.startsWith("# HELP meridian_")) {
        String[] words = line.split(" ", 4);
        assertTrue(words[3].endsWith("."), line);
        assertTrue(explained.add(words[2]), () -> "twice: " + line);
      } else if (line.startsWith("meridian_")) {
        String name = line.split("[{ ]", 2)[0].replaceAll("_(bucket|sum|count)$", "");
        assertTrue(explained.contains(name), line);
      }
    }
    assertTrue(explained.size() > 25, () -> "families: " + explained.size());
  }

  @Test
  void statuses_without_a_registration_share_a_series() {
    for (int status = -5; status < 1500; status++) {
      telemetry.route("l", "r").finished(0, Method.GET, status, 1, 1, 1);
    }
    long series =
        telemetry
            .scrape(null)
            .lines()
            .filter(l -> l.startsWith("meridian_requests_total{"))
            .count();
    assertEquals(StatusCodes.SLOTS, series);
  }

  @Test
  void open_metrics_is_spoken_on_request() {
    String accept = "application/openmetrics-text; version=1.0.0";
    assertTrue(Telemetry.contentType(accept).startsWith("application/openmetrics-text"));
    assertTrue(telemetry.scrape(accept).endsWith("# EOF\n"));
    assertTrue(Telemetry.contentType(null).startsWith("text/plain"));
    assertFalse(telemetry.scrape(null).contains("# EOF"));
  }

  private void countOneOfEach() {
    RouteMeters api = telemetry.route("public", "api");
    api.finished(0, Method.GET, 200, 7_000_000, 100, 1000);
    api.finished(1, Method.GET, 200, 42_000_000, 100, 1000);
    api.finished(1, Method.POST, 503, 42_000_000, 100, 1000);
    api.finished(1, 77, 599, 42_000_000, 100, 1000);
    api.retryDenied(1, RetryDenied.BYTES_SENT);
    api.clientAbort(0);
    EndpointMeters endpoint = telemetry.endpoint("eu", "10.0.0.1:80");
    endpoint.attempt(0, AttemptOutcome.CONNECT_FAILED);
    endpoint.ttfb(0, 30_000_000, 0);
    endpoint.connectionOpened(0);
    endpoint.connectionOpened(1);
    endpoint.idle(1, 1);
    telemetry.region("eu").decided(0, DecisionReason.FASTEST);
    telemetry.listener("public").accepted(0);
    telemetry.loop(1).geoLookup("DE");
    telemetry.counters().failover("eu", "us", AttemptOutcome.CONNECT_FAILED);
    telemetry.counters().raceWon(true);
    telemetry.counters().fenceBlocked("gdpr");
    telemetry
        .counters()
        .healthChanged(
            new HealthEvent(1, "eu", "", HealthState.SUSPECT, HealthState.EJECTED, false, "probe"));
  }

  private void has(String line) {
    String scrape = telemetry.scrape(null);
    assertTrue(
        scrape.contains(line),
        () ->
            line
                + "\nis not in\n"
                + String.join(
                    "\n", scrape.lines().filter(l -> l.startsWith("meridian_")).toList()));
  }
}
