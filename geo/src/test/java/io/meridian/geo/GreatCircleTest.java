package io.meridian.geo;

import static io.meridian.geo.GreatCircle.kilometres;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GreatCircleTest {
  private static final double HALF_WAY_ROUND = Math.PI * 6371;

  @Test
  void frankfurt_to_new_york_is_6200_kilometres() {
    assertEquals(6200, kilometres(50.11, 8.68, 40.71, -74.01), 20);
  }

  @Test
  void fiji_has_neighbours_across_the_antimeridian() {
    assertEquals(2 * 111.2 * Math.cos(Math.toRadians(17)), kilometres(-17, 179, -17, -179), 1);
    assertEquals(0, kilometres(-17, 180, -17, -180), 1e-6);
  }

  @Test
  void every_meridian_meets_at_the_poles() {
    assertEquals(0, kilometres(90, 0, 90, 123), 1e-6);
    assertEquals(0, kilometres(-90, -77, -90, 179), 1e-6);
    assertEquals(HALF_WAY_ROUND, kilometres(90, 12, -90, -99), 1e-6);
  }

  @Test
  void svalbard_is_nearer_to_alaska_over_the_pole_than_along_the_parallel() {
    assertEquals(3388, kilometres(78.22, 15.65, 71.29, -156.79), 30);
  }

  @Test
  void opposite_points_are_half_way_round() {
    assertEquals(HALF_WAY_ROUND, kilometres(12.5, 33, -12.5, -147), 1e-3);
  }

  @Test
  void the_distance_is_a_metric() {
    SplittableRandom random = new SplittableRandom(6371);
    for (int i = 0; i < 10_000; i++) {
      double[] p = random.doubles(3, -90, 90).toArray();
      double[] l = random.doubles(3, -180, 180).toArray();
      double ab = kilometres(p[0], l[0], p[1], l[1]);
      double bc = kilometres(p[1], l[1], p[2], l[2]);
      double ac = kilometres(p[0], l[0], p[2], l[2]);
      assertEquals(ab, kilometres(p[1], l[1], p[0], l[0]), 1e-6);
      assertTrue(ac <= ab + bc + 1e-6, ac + " > " + ab + " + " + bc);
      assertTrue(ab >= 0 && ab <= HALF_WAY_ROUND + 1e-6, "" + ab);
    }
  }
}
