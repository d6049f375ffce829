package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.admin.ControlRequest;
import io.meridian.proxy.admin.ControlRequest.Action;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What operators hold regions to, as requests feel it. */
@ExtendWith(NoLeaks.class)
class ControlsIT {
  private static ControlRequest ask(Action action, String region, @Nullable Duration ttl) {
    return new ControlRequest(region, action, 0, ttl, "ann", "test");
  }

  @Test
  void a_region_taken_down_gets_no_requests_until_it_is_given_back() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy =
            Proxy.on("nio")
                .region("first", one)
                .region("second", two)
                .with("admin", "{ address: \"127.0.0.1:0\", controls: { pause: 0s } }")
                .start()) {
      assertEquals("one", proxy.get("/").body());
      proxy.meridian().control(ask(Action.DOWN, "first", Duration.ofHours(1)));
      assertEquals("two", proxy.get("/").body());
      assertEquals(0, proxy.metric("meridian_region_dial_ratio{region=\"first\""));
      assertEquals(1, proxy.metric("meridian_region_controlled{region=\"first\""));
      assertThrows(
          ControlRefused.class,
          () -> proxy.meridian().control(ask(Action.DOWN, "second", Duration.ofHours(1))));
      proxy.meridian().reload(proxy.config());
      assertNotNull(proxy.meridian().controls().of("first"), "a reload keeps it");
      assertEquals("two", proxy.get("/").body());
      proxy.meridian().control(ask(Action.CLEAR, "first", null));
      assertEquals(1, proxy.metric("meridian_region_dial_ratio{region=\"first\""));
      assertEquals("one", proxy.get("/").body());
      String changes = "meridian_control_changes_total{action=\"down\",result=";
      assertEquals(1, proxy.metric(changes + "\"applied\""));
      assertEquals(1, proxy.metric(changes + "\"refused\""));
    }
  }

  @Test
  void a_promoted_region_is_first_until_that_ends_and_none_takes_over_by_itself_if_so_wished()
      throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Origin gone = Origin.absent();
        Proxy proxy =
            Proxy.on("nio")
                .region("first", one)
                .region("second", two)
                .region("third", gone)
                .with("failover", "{ hold: 0s }")
                .with(
                    "routes",
                    "[{ name: all, policy: priority, promotion: manual, regions: [first, second] }]")
                .start()) {
      assertEquals("one", proxy.get("/").body());
      proxy.meridian().control(ask(Action.PROMOTE, "second", Duration.ofHours(1)));
      assertEquals("two", proxy.get("/").body());
      assertEquals(1, proxy.metric("meridian_region_dial_ratio{region=\"second\""));
      proxy.meridian().control(ask(Action.CLEAR, "second", null));
      assertEquals("one", proxy.get("/").body());
      assertEquals(
          "no_list",
          assertThrows(
                  ControlRefused.class,
                  () -> proxy.meridian().control(ask(Action.PROMOTE, "third", Duration.ofHours(1))))
              .rule());
      assertEquals(
          "routes",
          assertThrows(
                  ControlRefused.class,
                  () -> proxy.meridian().control(ask(Action.DOWN, "first", Duration.ofHours(1))))
              .rule());
      one.stop();
      Await.until("the first is gone, and the second waits", () -> status(proxy) >= 502);
      proxy.meridian().control(ask(Action.PROMOTE, "second", Duration.ofHours(1)));
      assertEquals("two", proxy.get("/").body());
    }
  }

  private static int status(Proxy proxy) {
    try {
      return proxy.get("/").status();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
