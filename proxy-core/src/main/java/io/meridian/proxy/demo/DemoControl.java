package io.meridian.proxy.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the demo's regions are broken and healed: {@code POST /kill/NAME}, {@code
 * /slow/NAME/300ms}, {@code /heal/NAME}, on loopback. One request at a time, on a thread of its
 * own.
 */
final class DemoControl implements AutoCloseable {
  private final HttpServer server;
  private final List<RegionServer> regions;
  private final BiConsumer<String, String> onChange;

  /**
   * @param onChange hears the region's name and what was done to it
   * @throws IOException if the port is taken
   */
  DemoControl(int port, List<RegionServer> regions, BiConsumer<String, String> onChange)
      throws IOException {
    this.regions = regions;
    this.onChange = onChange;
    this.server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String[] words = exchange.getRequestURI().getPath().substring(1).split("/", -1);
      if (!exchange.getRequestMethod().equals("POST")) {
        answer(exchange, 405, usage());
        return;
      }
      RegionServer region = words.length < 2 ? null : find(words[1]);
      if (region == null) {
        answer(exchange, 404, usage());
        return;
      }
      try {
        String done = change(region, words);
        onChange.accept(region.region().name(), done);
        answer(exchange, 200, region.region().name() + ": " + done + "\n");
      } catch (IllegalArgumentException e) {
        answer(exchange, 400, e.getMessage() + "\n" + usage());
      } catch (IOException e) {
        answer(exchange, 500, e.getMessage() + "\n");
      }
    }
  }

  private static String change(RegionServer region, String[] words) throws IOException {
    return switch (words[0]) {
      case "kill" -> {
        region.kill();
        yield "killed";
      }
      case "heal" -> {
        region.heal();
        yield "healed";
      }
      case "slow" -> {
        Duration extra = Spans.parse(words.length < 3 ? "" : words[2]);
        region.slow(extra);
        yield "slowed down by " + extra.toMillis() + " ms";
      }
      default -> throw new IllegalArgumentException("unknown: " + words[0]);
    };
  }

  private @Nullable RegionServer find(String name) {
    for (RegionServer region : regions) {
      if (region.region().name().equals(name)) {
        return region;
      }
    }
    return null;
  }

  private String usage() {
    List<String> names = regions.stream().map(region -> region.region().name()).toList();
    return "POST /kill/REGION, /slow/REGION/300ms or /heal/REGION; regions: "
        + String.join(", ", names)
        + "\n";
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
