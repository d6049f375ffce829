package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A process with little memory for sockets, and more slow readers than that is enough for. */
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class SlowReadersIT {
  private static final int LARGE = 20_000_000;
  private static final int READERS = 150;

  @Parameter String transport = "";
  @TempDir Path directory;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process start(int port, int admin, Origin origin) throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("meridian.yaml"),
            """
            version: 1
            workers: 2
            transport: %s
            listeners: [ { name: public, address: "127.0.0.1:%d" } ]
            admin: { address: "127.0.0.1:%d" }
            regions: [ { name: one, endpoints: [ { url: "http://127.0.0.1:%d" } ] } ]
            health: { tcp: {}, interval: 1h, timeout: 1s }
            access_log: off
            """
                .formatted(transport, port, admin, origin.port()));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:MaxDirectMemorySize=32m",
            "-Dio.netty.leakDetection.level=disabled",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "io.meridian.proxy.Main",
            "run",
            "--config",
            config.toString())
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("out").toFile())
        .start();
  }

  /** The status of a GET; 0 if there was none. */
  private static int status(int port) {
    try (Wire client = Wire.connect(port)) {
      return client.get("/").response().status();
    } catch (IOException e) {
      return 0;
    }
  }

  private static double metric(int admin, String series) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + "/metrics")).build(),
              HttpResponse.BodyHandlers.ofString())
          .body()
          .lines()
          .filter(line -> line.startsWith(series))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    }
  }

  @Test
  void others_are_served_and_the_memory_has_an_end() throws Exception {
    int port = freePort();
    int admin = freePort();
    List<Wire> readers = new ArrayList<>();
    try (Origin origin =
        Origin.answering((wire, request) -> {
          if (request.target().equals("/")) {
            wire.ok(request, "yes");
            return;
          }
          wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
          byte[] piece = new byte[64 * 1024];
          for (int sent = 0; sent < LARGE; sent += piece.length) {
            wire.send(piece);
          }
        })) {
      Process process = start(port, admin, origin);
      try {
        Await.until("it serves", () -> status(port) == 200);
        for (int i = 0; i < READERS; i++) {
          readers.add(Wire.connectNarrow(port).get("/large"));
        }
        Await.until(
            "memory gets tight",
            () -> metric(admin, "meridian_direct_memory_bytes{state=\"used") > 12e6);
        Await.until("others are served", () -> servedInARow(port, 50));
        assertTrue(process.isAlive());
      } finally {
        process.destroyForcibly().waitFor();
      }
      String said = Files.readString(directory.resolve("out"));
      assertFalse(said.contains("OutOfDirectMemory"), said);
    } finally {
      for (Wire reader : readers) {
        reader.close();
      }
    }
  }

  private static boolean servedInARow(int port, int times) {
    for (int i = 0; i < times; i++) {
      if (status(port) != 200) {
        return false;
      }
    }
    return true;
  }
}
