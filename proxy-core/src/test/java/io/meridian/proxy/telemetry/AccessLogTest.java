package io.meridian.proxy.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.meridian.config.AccessLog.Output;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogTest {
  private static final io.meridian.config.AccessLog.Sample EACH =
      new io.meridian.config.AccessLog.Sample(1, null, false);

  private static final int RING = 1 << 14;
  private final RequestLog request = new RequestLog();
  @TempDir Path dir;

  @Test
  void lines_of_all_loops_come_out_whole() throws IOException, InterruptedException {
    Path file = dir.resolve("access.log");
    int loops = 3;
    int lines = 2_000;
    AccessLog log = AccessLog.open(config(file), loops);
    Thread[] threads = new Thread[loops];
    for (int i = 0; i < loops; i++) {
      int loop = i;
      threads[i] =
          Thread.ofPlatform()
              .start(() -> {
                RequestLog each = new RequestLog();
                for (int j = 0; j < lines; j++) {
                  LogEncoderTest.failedOver(each);
                  each.status = 100 + loop;
                  log.write(loop, each);
                }
              });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    log.close();
    List<String> written = Files.readAllLines(file);
    ObjectMapper mapper = new ObjectMapper();
    int[] byLoop = new int[loops];
    for (String line : written) {
      byLoop[mapper.readTree(line).get("status").asInt() - 100]++;
    }
    assertEquals((long) loops * lines, written.size() + log.dropped());
    assertTrue(byLoop[0] > 0 && byLoop[1] > 0 && byLoop[2] > 0);
  }

  @Test
  void a_file_that_was_moved_away_is_made_anew_on_request() throws IOException {
    Path file = dir.resolve("access.log");
    Path moved = dir.resolve("access.log.1");
    try (AccessLog log = AccessLog.open(config(file), 1)) {
      line(log, 201);
      await(() -> size(file) > 0);
      Files.move(file, moved);
      log.reopen();
      line(log, 202);
      await(() -> Files.exists(file) && size(file) > 0);
    }
    assertTrue(Files.readString(moved).contains("\"status\":201"));
    assertTrue(Files.readString(file).contains("\"status\":202"));
    assertEquals(1, Files.readAllLines(file).size());
  }

  @Test
  void lines_are_dropped_and_counted_while_the_output_is_stuck() throws IOException {
    CountDownLatch stuck = new CountDownLatch(1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    WritableByteChannel slow =
        new Fake() {
          @Override
          public int write(ByteBuffer bytes) throws IOException {
            try {
              stuck.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            return Channels.newChannel(out).write(bytes);
          }
        };
    AccessLog log = new AccessLog(1, RING, () -> slow);
    for (int i = 0; i < 1_000; i++) {
      line(log, 200);
    }
    long dropped = log.dropped();
    assertTrue(dropped > 500, () -> "dropped: " + dropped);
    stuck.countDown();
    log.close();
    assertEquals(1_000 - dropped, out.toString(UTF_8).lines().count());
    assertEquals(dropped, log.dropped());
  }

  @Test
  void lines_that_an_output_refuses_are_counted_and_later_ones_written() throws IOException {
    AtomicBoolean full = new AtomicBoolean(true);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    AccessLog.Sink sink =
        () ->
            new Fake() {
              @Override
              public int write(ByteBuffer bytes) throws IOException {
                if (full.get()) {
                  throw new IOException("no space left");
                }
                return Channels.newChannel(out).write(bytes);
              }
            };
    try (AccessLog log = new AccessLog(1, RING, sink)) {
      line(log, 201);
      line(log, 202);
      await(() -> log.dropped() == 2);
      full.set(false);
      line(log, 203);
    }
    assertEquals(1, out.toString(UTF_8).lines().count());
    assertTrue(out.toString(UTF_8).contains("\"status\":203"));
  }

  @Test
  void a_log_that_is_off_takes_lines_from_any_loop() throws IOException {
    try (AccessLog log =
        AccessLog.open(new io.meridian.config.AccessLog(Output.OFF, null, EACH), 2)) {
      line(log, 200);
      log.reopen();
      assertEquals(0, log.dropped());
    }
  }

  @Test
  void all_that_went_wrong_is_written_and_one_in_n_of_the_rest() throws IOException {
    Path file = dir.resolve("access.log");
    try (AccessLog log = AccessLog.open(config(file), 1)) {
      log.sample(
          new io.meridian.config.AccessLog.Sample(10, java.time.Duration.ofMillis(50), true));
      for (int i = 0; i < 100; i++) {
        plain(log, 200, 0, 0);
      }
      plain(log, 404, 0, 0);
      plain(log, 500, 0, 0);
      plain(log, 201, Flag.RF.bit(), 0);
      plain(log, 202, 0, 50_000_000);
      line(log, 203); // it was tried twice
    }
    List<String> lines = Files.readAllLines(file);
    assertEquals(15, lines.size());
    assertEquals(10, lines.stream().filter(line -> line.contains("\"one_in\":10")).count());
    for (int status : new int[] {404, 500, 201, 202, 203}) {
      assertTrue(
          lines.stream()
              .anyMatch(line -> line.contains("\"status\":" + status) && !line.contains("one_in")),
          "status " + status);
    }
  }

  private void plain(AccessLog log, int status, int flags, long nanos) {
    request.reset();
    request.status = status;
    request.flags = flags;
    request.totalNanos = nanos;
    log.write(0, request);
  }

  private void line(AccessLog log, int status) {
    LogEncoderTest.failedOver(request);
    request.status = status;
    log.write(0, request);
  }

  private static io.meridian.config.AccessLog config(Path file) {
    return new io.meridian.config.AccessLog(Output.FILE, file, EACH);
  }

  private static long size(Path file) {
    return file.toFile().length();
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "waited for 20 s");
      LockSupport.parkNanos(1_000_000);
    }
  }

  private abstract static class Fake implements WritableByteChannel {
    private volatile boolean open = true;

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }
}
