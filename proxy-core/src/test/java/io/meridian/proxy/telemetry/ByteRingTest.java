package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteRingTest {
  @Test
  void what_does_not_fit_is_refused_whole() {
    ByteRing ring = new ByteRing(8);
    assertTrue(ring.offer(new byte[5], 5));
    assertTrue(ring.halfFull());
    assertFalse(ring.offer(new byte[4], 4));
    assertTrue(ring.offer(new byte[3], 3));
    assertTrue(ring.drain(ByteBuffer.allocate(8), ring.end()));
    assertFalse(ring.drain(ByteBuffer.allocate(8), ring.end()));
    assertFalse(ring.halfFull());
    assertFalse(ring.offer(new byte[9], 9));
  }

  @Test
  void a_capacity_that_is_no_power_of_two_is_refused() {
    assertThrows(IllegalArgumentException.class, () -> new ByteRing(1000));
  }

  @Test
  void bytes_come_out_as_they_went_in_while_both_threads_run() throws InterruptedException {
    ByteRing ring = new ByteRing(1024);
    int total = 2_000_000;
    Thread offering =
        Thread.ofPlatform()
            .start(() -> {
              Random random = new Random(1);
              byte[] chunk = new byte[300];
              for (int sent = 0; sent < total; ) {
                int length = Math.min(1 + random.nextInt(300), total - sent);
                for (int i = 0; i < length; i++) {
                  chunk[i] = (byte) ((sent + i) * 31);
                }
                while (!ring.offer(chunk, length)) {
                  Thread.onSpinWait();
                }
                sent += length;
              }
            });
    ByteBuffer into = ByteBuffer.allocate(333);
    int seen = 0;
    int wrong = 0;
    while (seen < total) {
      ring.drain(into, ring.end());
      into.flip();
      while (into.hasRemaining()) {
        wrong += into.get() == (byte) (seen++ * 31) ? 0 : 1;
      }
      into.clear();
    }
    offering.join();
    assertEquals(0, wrong);
  }
}
