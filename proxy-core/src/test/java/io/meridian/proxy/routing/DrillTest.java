package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DrillTest {
  private static final int CLIENTS = 100_000;

  private static int taken(Drill drill, int length) {
    SplittableRandom random = new SplittableRandom(5);
    int taken = 0;
    byte[] address = new byte[length];
    for (int i = 0; i < CLIENTS; i++) {
      random.nextBytes(address);
      taken += drill.takes(address) ? 1 : 0;
    }
    return taken;
  }

  @Test
  void it_takes_in_its_share_of_the_clients() {
    for (double share : new double[] {0, 0.01, 0.2, 0.5, 1}) {
      for (int length : new int[] {4, 16}) {
        assertEquals(share, taken(new Drill("eu", share, 7), length) / (double) CLIENTS, 0.005);
      }
    }
  }

  @Test
  void a_client_with_64_bits_of_its_own_is_one_client() {
    Drill drill = new Drill("eu", 0.5, 7);
    SplittableRandom random = new SplittableRandom(9);
    byte[] address = new byte[16];
    for (int i = 0; i < 1_000; i++) {
      random.nextBytes(address);
      byte[] other = address.clone();
      other[8 + i % 8]++;
      assertEquals(drill.takes(address), drill.takes(other));
    }
  }

  @Test
  void the_next_drill_takes_others() {
    SplittableRandom random = new SplittableRandom(3);
    Drill one = new Drill("eu", 0.5, 7);
    Drill next = new Drill("eu", 0.5, 8);
    byte[] address = new byte[4];
    int both = 0;
    for (int i = 0; i < CLIENTS; i++) {
      random.nextBytes(address);
      both += one.takes(address) && next.takes(address) ? 1 : 0;
    }
    assertTrue(Math.abs(both - CLIENTS / 4) < CLIENTS / 100, both + " of both");
  }
}
