package io.meridian.proxy.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Asks each region a few times before the proxy does: the first answers of a fresh process are late
 * by more than the regions are far.
 */
final class Warmup {
  private static final int ROUNDS = 3;

  private Warmup() {}

  /**
   * @throws IOException if a region does not answer
   */
  static void of(List<RegionServer> regions) throws IOException {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      for (int round = 0; round < ROUNDS; round++) {
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (RegionServer region : regions) {
          URI probe = URI.create("http://127.0.0.1:" + region.port() + RegionHandler.PROBE_PATH);
          answers.add(
              client.sendAsync(HttpRequest.newBuilder(probe).build(), BodyHandlers.discarding()));
        }
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
      }
    } catch (CompletionException e) {
      throw new IOException("a region does not answer: " + e.getCause(), e);
    }
  }
}
