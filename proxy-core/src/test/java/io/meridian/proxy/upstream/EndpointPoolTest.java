package io.meridian.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.Telemetry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EndpointPoolTest {
  /** A socket that can't be made, as when the process has no file descriptor left. */
  public static final class NoSocket extends NioSocketChannel {
    public NoSocket() {
      throw new IllegalStateException("Too many open files");
    }
  }

  /** Tells on which thread it hears of the failure. */
  private record Hearer(CompletableFuture<Boolean> onLoop, EventLoop loop)
      implements UpstreamListener {
    @Override
    public boolean upgrade() {
      return false;
    }

    @Override
    public @Nullable ClientEnds client() {
      return null;
    }

    @Override
    public void connected(UpstreamConnection connection) {}

    @Override
    public void connectFailed(UpstreamFailure why) {
      onLoop.complete(loop.inEventLoop());
    }

    @Override
    public void informational(ResponseHead head) {}

    @Override
    public void head(ResponseHead head) {}

    @Override
    public void data(ByteBuf in, int length) {}

    @Override
    public void end(Body body) {}

    @Override
    public void readComplete() {}

    @Override
    public void failed(UpstreamFailure why) {}

    @Override
    public void writable() {}
  }

  /** Collects the connections of a burst, and gives all of them back when the last is open. */
  private record Burst(int size, List<UpstreamConnection> open, CompletableFuture<Void> over)
      implements UpstreamListener {
    @Override
    public boolean upgrade() {
      return false;
    }

    @Override
    public @Nullable ClientEnds client() {
      return null;
    }

    @Override
    public void connected(UpstreamConnection connection) {
      open.add(connection);
      if (open.size() == size) {
        open.forEach(UpstreamConnection::giveBack);
        over.complete(null);
      }
    }

    @Override
    public void connectFailed(UpstreamFailure why) {
      over.completeExceptionally(new IllegalStateException(why.toString()));
    }

    @Override
    public void informational(ResponseHead head) {}

    @Override
    public void head(ResponseHead head) {}

    @Override
    public void data(ByteBuf in, int length) {}

    @Override
    public void end(Body body) {}

    @Override
    public void readComplete() {}

    @Override
    public void failed(UpstreamFailure why) {}

    @Override
    public void writable() {}
  }

  @Test
  void more_connections_than_are_kept_serve_the_next_burst_and_go_when_none_comes()
      throws Exception {
    MeridianConfig config =
        new ConfigLoader(Map.of())
            .parse(
                "test",
                """
                version: 1
                listeners: [{ name: public, address: "0.0.0.0:8080" }]
                regions: [{ name: one, endpoints: [{ url: "http://10.1.0.10:8080" }] }]
                limits: { upstream_idle_connections: 2 }
                """);
    Transport nio = Transport.choose(MeridianConfig.Transport.NIO);
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        var group = new MultiThreadIoEventLoopGroup(1, nio.ioHandlers());
        Telemetry telemetry = new Telemetry(1, "test")) {
      EventLoop loop = (EventLoop) group.next();
      Target target =
          new Target(
              0,
              "one",
              "origin",
              new InetSocketAddress(server.getInetAddress(), server.getLocalPort()),
              telemetry.endpoint("one", "origin"),
              new Link(
                  1,
                  Region.Protocol.HTTP1,
                  "127.0.0.1",
                  server.getLocalPort(),
                  null,
                  Region.ProxyHeader.OFF));
      Worker worker = loop.submit(() -> new Worker(0, loop, Ticker.systemTicker(), 1)).get();
      Pools pools =
          new Pools(
              worker,
              nio,
              DefaultAddressResolverGroup.INSTANCE,
              config.limits(),
              config.timeouts());
      Burst burst = new Burst(5, new ArrayList<>(), new CompletableFuture<>());
      loop.submit(
              () -> {
                for (int i = 0; i < burst.size(); i++) {
                  pools.of(target).connect(burst);
                }
              })
          .sync();
      burst.over().get(20, TimeUnit.SECONDS);
      loop.submit(
              () -> {
                EndpointPool pool = pools.of(target);
                long idle = TimeUnit.SECONDS.toNanos(30);
                pool.sweep(worker.now(), idle);
                assertEquals(5, pool.idleCount(), "the next burst may come at once");
                pool.sweep(worker.now() + TimeUnit.SECONDS.toNanos(1), idle);
                assertEquals(2, pool.idleCount(), "none came");
                pool.sweep(worker.now() + idle, idle);
                assertEquals(0, pool.idleCount());
              })
          .get();
    }
  }

  @Test
  void a_socket_that_cannot_be_made_is_told_on_the_event_loop() throws Exception {
    MeridianConfig config =
        new ConfigLoader(Map.of())
            .parse(
                "test",
                """
                version: 1
                listeners: [{ name: public, address: "0.0.0.0:8080" }]
                regions: [{ name: one, endpoints: [{ url: "http://10.1.0.10:8080" }] }]
                """);
    Transport nio = Transport.choose(MeridianConfig.Transport.NIO);
    Transport broken =
        new Transport(
            "broken",
            nio.ioHandlers(),
            nio.serverChannel(),
            NoSocket.class,
            nio.datagramChannel(),
            null,
            null,
            null,
            true,
            false);
    try (var group = new MultiThreadIoEventLoopGroup(1, nio.ioHandlers());
        Telemetry telemetry = new Telemetry(1, "test")) {
      EventLoop loop = (EventLoop) group.next();
      Target target =
          new Target(
              0,
              "one",
              "127.0.0.1:9",
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 9),
              telemetry.endpoint("one", "127.0.0.1:9"),
              new Link(1, Region.Protocol.HTTP1, "127.0.0.1", 9, null, Region.ProxyHeader.OFF));
      CompletableFuture<Boolean> onLoop = new CompletableFuture<>();
      loop.submit(
              () -> {
                Worker worker = new Worker(0, loop, Ticker.systemTicker(), 1);
                Pools pools =
                    new Pools(
                        worker,
                        broken,
                        DefaultAddressResolverGroup.INSTANCE,
                        config.limits(),
                        config.timeouts());
                pools.of(target).connect(new Hearer(onLoop, loop));
              })
          .sync();
      assertEquals(true, onLoop.get(20, TimeUnit.SECONDS));
    }
  }
}
