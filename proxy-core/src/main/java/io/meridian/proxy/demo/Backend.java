package io.meridian.proxy.demo;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** One region of the demo on its own: for trying the proxy across containers or machines. */
public final class Backend implements AutoCloseable {
  private final EventLoopGroup group;
  private final RegionServer server;

  /**
   * Serves at once.
   *
   * @param name what it answers as {@code X-Region}
   * @param port 0: any that is free
   * @param delay how late each answer starts
   * @throws IOException if the address can't be bound
   */
  public Backend(String name, InetAddress address, int port, Duration delay) throws IOException {
    DemoRegion region = new DemoRegion(name, "played", "", 0, 0, delay.toNanos() / 1e6);
    group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      server = new RegionServer(region, group, address, port);
    } catch (IOException e) {
      group.shutdownGracefully();
      throw e;
    }
  }

  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
  }
}
