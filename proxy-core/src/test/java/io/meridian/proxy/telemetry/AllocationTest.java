package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.junit.jupiter.api.Test;

/** What an event loop does for each request makes no garbage, once its code is warm. */
class AllocationTest {
  private static final int REQUESTS = 20_000;

  @Test
  void counting_a_request_makes_no_garbage() {
    RouteMeters route = new RouteMeters("public", "api", 1);
    EndpointMeters endpoint = new EndpointMeters("eu", "10.0.0.1:80", 1);
    RegionMeters region = new RegionMeters("eu", 1);
    makesNoGarbage(i -> {
      endpoint.active(0, 1);
      region.decided(0, DecisionReason.FASTEST);
      endpoint.connect(0, i * 100L);
      endpoint.ttfb(0, i * 1000L, i * 1_000_000L);
      endpoint.peakEwmaNanos(0, i * 1_000_000L);
      endpoint.attempt(0, AttemptOutcome.SUCCESS);
      endpoint.active(0, -1);
      route.finished(0, 0, 200, i * 1000L, 100, 1000);
    });
  }

  @Test
  void logging_a_request_makes_no_garbage() throws IOException {
    WritableByteChannel nowhere =
        new WritableByteChannel() {
          @Override
          public int write(ByteBuffer bytes) {
            int length = bytes.remaining();
            bytes.position(bytes.limit());
            return length;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };
    RequestLog request = new RequestLog();
    LogEncoderTest.failedOver(request);
    try (AccessLog log = new AccessLog(1, 1 << 20, () -> nowhere)) {
      makesNoGarbage(i -> {
        request.epochMillis += i;
        request.bytesOut = i;
        log.write(0, request);
      });
    }
  }

  private interface Step {
    void run(int i);
  }

  private static void makesNoGarbage(Step step) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    double perRequest = Double.MAX_VALUE;
    for (int round = 0; round < 20 && perRequest > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < REQUESTS; i++) {
        step.run(i);
      }
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      perRequest = Math.min(perRequest, bytes / (double) REQUESTS);
    }
    double best = perRequest;
    assertTrue(best < 1, () -> "bytes a request: " + best);
  }
}
