package io.meridian.proxy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {
  private static final String GERMAN = "84.128.0.1";
  private static final String AMERICAN = "73.0.0.1";
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  @TempDir Path directory;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Test
  void a_region_that_is_killed_costs_no_request_and_its_clients_get_the_next() throws Exception {
    try (Demo demo = start(0)) {
      // given
      HttpResponse<String> first = get(demo, AMERICAN);
      String nearest = region(first);
      // when
      assertEquals(200, post(demo, "/kill/" + nearest).statusCode());
      // then
      for (int i = 0; i < 20; i++) {
        HttpResponse<String> answer = get(demo, AMERICAN);
        assertEquals(200, answer.statusCode());
        assertFalse(region(answer).equals(nearest));
      }
      assertEquals(0, demo.totals().failed());
      // and when
      assertEquals(200, post(demo, "/heal/" + nearest).statusCode());
      await(() -> state(demo, nearest).equals("healthy"));
    }
  }

  @Test
  void a_client_in_europe_is_refused_rather_than_served_elsewhere() throws Exception {
    try (Demo demo = start(0)) {
      // given
      assertTrue(DemoRegion.EUROPEAN.contains(region(get(demo, GERMAN))));
      assertTrue(get(demo, GERMAN).body().contains("client in DE"));
      // when
      for (String region : DemoRegion.EUROPEAN) {
        post(demo, "/kill/" + region);
      }
      // then
      int refusal = get(demo, GERMAN).statusCode();
      assertTrue(refusal == 451 || refusal == 503, "status " + refusal);
      assertEquals(200, get(demo, AMERICAN).statusCode());
    }
  }

  @Test
  void the_configuration_file_is_applied_when_it_is_edited_and_refused_when_it_is_wrong()
      throws Exception {
    try (Demo demo = start(0)) {
      Path file = demo.configuration();
      String text = Files.readString(file);
      // when
      Files.writeString(file, text.replace("name: asia,", "name: far-east,"));
      // then
      await(() -> metrics(demo).contains("config_reloads_total{result=\"success\",} 1.0"));
      // and when
      Files.writeString(file, text.replace("version: 1", "version: 2"));
      // then
      await(() -> metrics(demo).contains("config_reloads_total{result=\"failure\",} 1.0"));
      assertEquals(200, get(demo, AMERICAN).statusCode());
    }
  }

  @Test
  void a_port_in_use_is_named_with_the_option_that_changes_it() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      IOException refusal = assertThrows(IOException.class, () -> start(taken.getLocalPort()));
      assertTrue(
          String.valueOf(refusal.getMessage())
              .startsWith("port " + taken.getLocalPort() + " is in use"));
      assertTrue(String.valueOf(refusal.getMessage()).contains("--port"));
    }
  }

  @Test
  void a_file_that_is_not_of_a_demo_is_left_alone() throws Exception {
    Path own = directory.resolve("meridian.yaml");
    Files.writeString(own, "version: 1\n");
    assertThrows(IOException.class, () -> start(0));
    assertEquals("version: 1\n", Files.readString(own));
  }

  @Test
  void the_control_says_what_it_takes() throws Exception {
    try (Demo demo = start(0)) {
      assertEquals(404, post(demo, "/kill/atlantis").statusCode());
      assertEquals(400, post(demo, "/slow/eu-west/soon").statusCode());
      assertEquals(400, post(demo, "/heat/eu-west").statusCode());
      URI home = URI.create("http://127.0.0.1:" + demo.controlPort() + "/");
      var answer = client.send(HttpRequest.newBuilder(home).build(), BodyHandlers.ofString());
      assertEquals(405, answer.statusCode());
      assertTrue(answer.body().contains("eu-central"));
    }
  }

  private Demo start(int port) throws IOException {
    return Demo.start(new Demo.Options(port, 0, 0, 1, directory, false));
  }

  private HttpResponse<String> get(Demo demo, String from)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + demo.port() + "/");
    return client.send(
        HttpRequest.newBuilder(uri).header("X-Forwarded-For", from).build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> post(Demo demo, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + demo.controlPort() + path);
    return client.send(
        HttpRequest.newBuilder(uri).POST(BodyPublishers.noBody()).build(), BodyHandlers.ofString());
  }

  private static String region(HttpResponse<String> answer) {
    return answer.headers().firstValue("X-Region").orElseThrow();
  }

  private static String state(Demo demo, String region) {
    return demo.frame().rows().stream()
        .filter(row -> row.region().equals(region))
        .findFirst()
        .orElseThrow()
        .state();
  }

  private static String metrics(Demo demo) {
    return demo.proxy().telemetry().scrape(null);
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, "not within 30 s");
      Thread.onSpinWait();
    }
  }
}
