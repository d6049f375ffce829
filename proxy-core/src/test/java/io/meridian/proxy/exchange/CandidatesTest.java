package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.geo.GeoService;
import io.meridian.health.HealthView;
import io.meridian.proxy.loop.DirectMemory;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.routing.Ranking;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.Router;
import io.meridian.proxy.routing.RoutingRules;
import io.meridian.proxy.telemetry.RegionMeters;
import io.meridian.proxy.telemetry.RouteMeters;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.upstream.Link;
import io.meridian.proxy.upstream.Pools;
import io.meridian.proxy.upstream.Target;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CandidatesTest {
  private static final String CONFIG =
      """
      version: 1
      listeners: [{ name: public, address: "0.0.0.0:8080" }]
      regions:
        - { name: near, endpoints: [{ url: "http://n:1" }, { url: "http://n:2" }, { url: "http://n:3" }] }
        - { name: far, endpoints: [{ url: "http://f:1" }] }
      routes: [{ name: all, policy: priority, regions: [near, far] }]
      """;

  private static String name(@Nullable RoutedEndpoint endpoint) {
    return endpoint == null ? "-" : endpoint.name();
  }

  private void with(BiConsumer<Candidates, RegionOrder> test) throws Exception {
    MeridianConfig config = new ConfigLoader(Map.of()).parse("test", CONFIG);
    Transport nio = Transport.choose(MeridianConfig.Transport.NIO);
    try (var group = new MultiThreadIoEventLoopGroup(1, nio.ioHandlers());
        Telemetry telemetry = new Telemetry(1, "test");
        GeoService geo = GeoService.open(config.geo())) {
      Worker worker = new Worker(0, (EventLoop) group.next(), Ticker.newMockTicker(), 1);
      List<String> ids = new ArrayList<>(List.of("n:1", "n:2", "n:3", "f:1"));
      RoutingRules rules = RoutingRules.compile(config);
      var routing =
          new Ranking((_, endpoint) -> ids.indexOf(endpoint))
              .next(rules, new HealthView(0, List.of(), false, true), 0);
      Target[] targets =
          ids.stream()
              .map(id ->
                  new Target(
                      ids.indexOf(id),
                      id.substring(0, 1),
                      id,
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), 9),
                      telemetry.endpoint(id.substring(0, 1), id),
                      new Link(
                          1, Region.Protocol.HTTP1, "127.0.0.1", 9, null, Region.ProxyHeader.OFF)))
              .toArray(Target[]::new);
      Snapshot snapshot =
          new Snapshot(
              config,
              routing,
              targets,
              new RouteMeters[0][],
              new RouteMeters[0],
              new RegionMeters[0],
              RateLimits.of(config, rules.routes().routes(), null, Ticker.systemTicker()),
              null);
      Pools pools =
          new Pools(
              worker,
              nio,
              DefaultAddressResolverGroup.INSTANCE,
              config.limits(),
              config.timeouts());
      LoopContext context =
          new LoopContext(
              worker,
              pools,
              () -> snapshot,
              geo,
              (_, _, _) -> {},
              new ReplayMemory(0),
              telemetry,
              null,
              new DirectMemory(75),
              1);
      RouteDecision decision =
          Router.decide(rules.routes().routes().getFirst(), new RouteQuery(), routing);
      if (decision instanceof RouteDecision.Forward(RegionOrder order, _)) {
        test.accept(new Candidates(context), order);
      } else {
        throw new AssertionError(decision.toString());
      }
    }
  }

  @Test
  void two_endpoints_of_a_region_are_tried_and_then_the_next_region() throws Exception {
    with((candidates, order) -> {
      String first = name(candidates.next(order, null));
      String second = name(candidates.next(order, null));
      assertTrue(first.startsWith("n:") && second.startsWith("n:"), first + " " + second);
      assertFalse(first.equals(second));
      assertEquals("f:1", name(candidates.next(order, null)));
      assertEquals("far", candidates.region().name());
      assertFalse(candidates.more(order));
      assertNull(candidates.next(order, null));
    });
  }

  @Test
  void a_region_that_is_being_tried_can_be_left_out() throws Exception {
    with((candidates, order) -> assertEquals("f:1", name(candidates.next(order, order.first()))));
  }

  @Test
  void an_endpoint_that_lost_a_race_is_a_candidate_again() throws Exception {
    with((candidates, order) -> {
      RoutedEndpoint lost = candidates.next(order, order.first());
      assertEquals("f:1", name(lost));
      if (lost != null) {
        candidates.giveBack(lost);
      }
      candidates.next(order, null);
      candidates.next(order, null);
      assertEquals("f:1", name(candidates.next(order, null)));
    });
  }
}
