package io.meridian.proxy.telemetry;

import io.meridian.config.Secrets;
import io.meridian.config.Tracing.Otlp;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts batches of spans to a collector, one at a time. What it refuses is not sent again; after a
 * failure the next batch waits, up to half a minute, while the rings hold what they can. One
 * thread.
 *
 * @see "OpenTelemetry, OTLP 1.x, OTLP/HTTP"
 */
final class OtlpSender implements Spans.Sender {
  private static final Logger LOG = LoggerFactory.getLogger(OtlpSender.class);
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final byte[] TAIL = "]}]}]}".getBytes(StandardCharsets.US_ASCII);

  private final Otlp otlp;
  private final URI target;
  private final HttpClient client;
  private final byte[] head;
  private long pauseNanos; // 0: the last batch was taken
  private volatile boolean hurrying;

  OtlpSender(Otlp otlp) {
    this.otlp = otlp;
    this.target = otlp.url().resolve("/v1/traces");
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(otlp.timeout())
            .build();
    this.head =
        ("{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
                + "\"value\":{\"stringValue\":"
                + Json.quote(otlp.service())
                + "}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"io.meridian\"},\"spans\":[")
            .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean send(byte[] lines, int length) throws InterruptedException {
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(target)
              .timeout(otlp.timeout())
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofByteArray(body(lines, length)));
      Path token = otlp.tokenFile();
      if (token != null) {
        request.header("Authorization", "Bearer " + Secrets.read(token));
      }
      int status = client.send(request.build(), BodyHandlers.discarding()).statusCode();
      if (status / 100 == 2) {
        if (pauseNanos > 0) {
          LOG.info("tracing: the collector takes spans again");
        }
        pauseNanos = 0;
        return true;
      }
      failed("status " + status);
    } catch (IOException | IllegalArgumentException e) {
      failed(e.toString());
    }
    return false;
  }

  /** Lines become the items of a list. */
  private byte[] body(byte[] lines, int length) {
    int items = length - 1; // without the last newline
    byte[] body = new byte[head.length + items + TAIL.length];
    System.arraycopy(head, 0, body, 0, head.length);
    for (int i = 0; i < items; i++) {
      body[head.length + i] = lines[i] == '\n' ? (byte) ',' : lines[i];
    }
    System.arraycopy(TAIL, 0, body, head.length + items, TAIL.length);
    return body;
  }

  private void failed(String why) {
    if (pauseNanos == 0) {
      LOG.warn("tracing: spans are lost until {} takes them: {}", target, why);
    }
    pauseNanos = Math.clamp(2 * pauseNanos, FIRST_PAUSE_NANOS, LONGEST_PAUSE_NANOS);
    long end = System.nanoTime() + pauseNanos;
    for (long left = pauseNanos; left > 0 && !hurrying; left = end - System.nanoTime()) {
      LockSupport.parkNanos(this, Math.min(left, FIRST_PAUSE_NANOS));
    }
  }

  @Override
  public void hurry() {
    hurrying = true;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
