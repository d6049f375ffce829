package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is stored, when regions have as much as they can take. */
@ExtendWith(NoLeaks.class)
class CachedCapacityIT {
  private static final String ONE = "capacity: { soft: 1, hard: 1 }";
  private static final String TENANT = "X-Tenant: eu\r\n";

  private final CountDownLatch free = new CountDownLatch(1);

  /** It holds {@code /held} until all may go on; all else may be stored, for so many seconds. */
  private Origin origin(String name, int seconds) {
    return Origin.answering((wire, request) -> {
      String length = "Content-Length: " + name.length() + "\r\n\r\n";
      if (request.target().equals("/held")) {
        wire.send("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\n" + length);
        free.await();
        wire.send(name);
      } else {
        wire.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=" + seconds + "\r\n" + length + name);
      }
    });
  }

  private static Proxy proxy(String cache) {
    return Proxy.on("auto")
        .trusting("127.0.0.0/8")
        .with(
            "fences",
            "[{ name: home, when: { headers: [{ name: X-Tenant, value: eu }] }, allow: [near],"
                + " unknown: skip }]")
        .with("failover", "{ hedge: false, race: false, hold: 0s }")
        .with(
            "routes",
            "[{ name: all, policy: priority, regions: [near, far], fence: home, cache: "
                + cache
                + " }]");
  }

  /** One request takes all that the nearer region can take. */
  private static Wire fill(Proxy proxy, Origin near) throws IOException {
    int before = near.requests().size();
    Wire client = proxy.client();
    client.get("/held");
    Await.until("it arrived", () -> near.requests().size() > before);
    return client;
  }

  private static String status(Wire.Message answer) {
    return answer.value("Cache-Status");
  }

  @Test
  void a_hit_takes_no_capacity_and_is_given_out_where_there_is_none_left() throws Exception {
    try (Origin near = origin("near", 600);
        Origin far = origin("far", 600);
        Proxy proxy = proxy("{}").region("near", near, ONE).region("far", far, ONE).start();
        Wire client = proxy.client()) {
      assertEquals("near", client.get("/page", TENANT).response().body());
      try (Wire held = fill(proxy, near)) {
        for (int i = 0; i < 3; i++) {
          Wire.Message hit = client.get("/page", TENANT).response();
          assertEquals("near", hit.body());
          assertTrue(status(hit).startsWith("meridian; hit"), status(hit));
        }
        assertEquals(503, client.get("/other", TENANT).response().status());
        assertEquals(1, proxy.metric("meridian_region_capacity_used{region=\"near\""));
        assertEquals(0, proxy.metric("meridian_region_capacity_used{region=\"far\""));
        free.countDown();
        assertEquals("near", held.response().body());
      }
      assertEquals(0, far.requests().size());
    }
  }

  @Test
  void what_a_full_region_gave_away_is_stored_with_the_region_that_answered() throws Exception {
    try (Origin near = origin("near", 600);
        Origin far = origin("far", 600);
        Proxy proxy = proxy("{}").region("near", near, ONE).region("far", far).start();
        Wire client = proxy.client()) {
      try (Wire held = fill(proxy, near)) {
        Wire.Message spilled = client.get("/page").response();
        assertEquals("far", spilled.body());
        assertEquals("meridian; fwd=uri-miss; stored", status(spilled));
        assertEquals("far", client.get("/page").response().body());
        assertEquals(1, far.requests().size());
        // who may have nothing of that region gets nothing of it from the cache either
        assertEquals(503, client.get("/page", TENANT).response().status());
        free.countDown();
        assertEquals("near", held.response().body());
      }
      Await.until("there is room again", () -> proxy.metric("meridian_region_capacity_used") == 0);
      assertEquals("near", client.get("/page", TENANT).response().body());
      assertEquals(1, far.requests().size());
    }
  }

  @Test
  void a_stale_answer_is_given_out_in_place_of_a_refusal_if_the_route_says_so() throws Exception {
    try (Origin near = origin("near", 0);
        Origin far = origin("far", 0);
        Proxy proxy =
            proxy("{ stale_if_error: 1h }")
                .region("near", near, ONE)
                .region("far", far, ONE)
                .start();
        Wire client = proxy.client()) {
      assertEquals("near", client.get("/page", TENANT).response().body());
      try (Wire held = fill(proxy, near)) {
        Wire.Message stale = client.get("/page", TENANT).response();
        assertEquals(200, stale.status());
        assertEquals("near", stale.body());
        assertTrue(status(stale).endsWith("; detail=stale-if-error"), status(stale));
        assertEquals(503, client.get("/other", TENANT).response().status());
        assertEquals("far", client.get("/page").response().body()); // for who may have it
        free.countDown();
        assertEquals("near", held.response().body());
      }
    }
  }

  @Test
  void a_refusal_stays_one_where_stale_answers_do_not_stand_in() throws Exception {
    try (Origin near = origin("near", 0);
        Origin far = origin("far", 0);
        Proxy proxy = proxy("{}").region("near", near, ONE).region("far", far).start();
        Wire client = proxy.client()) {
      assertEquals("near", client.get("/page", TENANT).response().body());
      try (Wire held = fill(proxy, near)) {
        assertEquals(503, client.get("/page", TENANT).response().status());
        free.countDown();
        assertEquals("near", held.response().body());
      }
    }
  }
}
