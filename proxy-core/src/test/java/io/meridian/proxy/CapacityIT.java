package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.meridian.proxy.admin.Event;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of requests when regions have as much as they can take. */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class CapacityIT {
  private static final String TWO = "capacity: { soft: 2, hard: 2 }";
  private static final String SERIES = "meridian_capacity_";

  private static final String PREFER = "X-Meridian-Prefer-Region: near\r\n";
  private static final String FORCE = "X-Meridian-Force-Region: near\r\n";

  @Parameter String transport = "";

  private final CountDownLatch free = new CountDownLatch(1);
  private final List<Wire> clients = new ArrayList<>();

  /** An origin that begins its answers at once, and ends them when all may. */
  private Origin holding(String name) {
    return Origin.answering((wire, request) -> {
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n");
      free.await();
      wire.send(name);
    });
  }

  private Proxy proxy() {
    return Proxy.on(transport)
        .trusting("127.0.0.0/8")
        .with("failover", "{ hedge: false, race: false, hold: 0s }")
        .with("routes", "[{ name: all, policy: priority, pin_header: true }]");
  }

  private void send(Proxy proxy, Origin origin, int count) throws IOException {
    send(proxy, origin, count, PREFER);
  }

  /**
   * Leaves so many requests under way, one after the other. They ask for a region, so that they go
   * there however slow this machine is.
   */
  private void send(Proxy proxy, Origin origin, int count, String fields) throws IOException {
    for (int i = 0; i < count; i++) {
      int before = origin.requests().size();
      Wire client = proxy.client();
      clients.add(client);
      client.get("/held", fields);
      Await.until("it arrived", () -> origin.requests().size() > before);
    }
  }

  private void answerAll(String... bodies) throws IOException {
    free.countDown();
    List<String> got = new ArrayList<>();
    for (Wire client : clients) {
      got.add(client.response().body());
    }
    assertEquals(List.of(bodies), got);
  }

  @AfterEach
  void letGo() throws IOException {
    free.countDown();
    for (Wire client : clients) {
      client.close();
    }
  }

  @Test
  void a_full_region_gives_to_the_next_and_when_all_are_full_requests_are_refused()
      throws Exception {
    List<Event> events = new CopyOnWriteArrayList<>();
    try (Origin near = holding("near");
        Origin far = holding("far");
        Proxy proxy = proxy().region("near", near, TWO).region("far", far, TWO).start()) {
      proxy.meridian().onEvent(events::add);
      send(proxy, near, 2);
      send(proxy, far, 2);
      Wire.Message refused;
      try (Wire client = proxy.client()) {
        refused = client.get("/shed", PREFER).response();
      }
      assertEquals(503, refused.status());
      assertEquals("1", refused.value("Retry-After"));
      assertTrue(refused.value("Proxy-Status").contains("capacity"), refused.value("Proxy-Status"));
      assertEquals(2, proxy.metric(SERIES + "spilled_requests_total{from=\"near\",to=\"far\""));
      assertEquals(1, proxy.metric(SERIES + "shed_requests_total{region=\"near\""));
      assertEquals(2, proxy.metric("meridian_region_capacity_used{region=\"near\""));
      assertEquals(2, proxy.metric("meridian_region_capacity{region=\"far\",limit=\"hard\""));
      answerAll("near", "near", "far", "far");
      List<JsonNode> lines = proxy.log(5);
      assertEquals(
          2,
          lines.stream()
              .filter(line -> line.at("/decision/reason").asText().equals("spill"))
              .count());
      Await.until(
          () -> "events: " + events,
          () -> events.stream().anyMatch(event -> event.to().equals("shedding")));
      Await.until(
          "nothing is counted any more", () -> proxy.metric("meridian_region_capacity_used") == 0);
      assertEquals("near", proxy.get("/").body());
    }
  }

  @Test
  void what_fails_over_goes_up_to_the_hard_limit_and_no_further() throws Exception {
    try (Origin near = Origin.absent();
        Origin far = holding("far");
        Proxy proxy =
            proxy()
                .region("near", near)
                .region("far", far, "capacity: { soft: 1, hard: 2 }")
                .start()) {
      send(proxy, far, 2);
      Wire.Message refused = proxy.get("/");
      assertEquals(503, refused.status());
      assertEquals("1", refused.value("Retry-After"));
      answerAll("far", "far");
    }
  }

  @Test
  void a_reload_gives_other_limits_and_counts_on() throws Exception {
    try (Origin near = holding("near");
        Origin far = holding("far");
        Proxy proxy = proxy().region("near", near, TWO).region("far", far).start()) {
      send(proxy, near, 2, FORCE);
      try (Wire client = proxy.client()) {
        assertEquals(503, client.get("/full", FORCE).response().status());
        proxy.region("near", near, "capacity: { soft: 3, hard: 3 }");
        proxy.meridian().reload(proxy.config());
        send(proxy, near, 1, FORCE);
        assertEquals(503, client.get("/full", FORCE).response().status());
        proxy.region("near", near, "");
        proxy.meridian().reload(proxy.config());
        assertEquals(0, proxy.metric("meridian_region_capacity"));
        send(proxy, near, 1, FORCE);
      }
      answerAll("near", "near", "near", "near");
    }
  }

  @Test
  void requests_a_second_are_limited_too() throws Exception {
    try (Origin near = Origin.saying("near");
        Origin far = Origin.saying("far");
        Proxy proxy =
            proxy()
                .region("near", near, "capacity: { by: rps, soft: 3, hard: 3 }")
                .region("far", far)
                .start();
        Wire client = proxy.client()) {
      int moved = 0;
      for (int i = 0; i < 50; i++) {
        moved += client.get("/").response().body().equals("far") ? 1 : 0;
      }
      assertTrue(moved >= 10, "moved: " + moved);
      assertEquals(moved, proxy.metric(SERIES + "spilled_requests_total"));
    }
  }
}
