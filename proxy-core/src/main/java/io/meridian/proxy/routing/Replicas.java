package io.meridian.proxy.routing;

import java.util.Arrays;

/**
 * How fresh the regions' copies of the data are, as their endpoints say. Immutable.
 *
 * @param lagMillis by region index, how far behind; NaN: not known
 * @param positions by region index, up to where the copy has come; {@link #UNKNOWN}: not known
 * @param lagging by route index, then by region index: whether the lag is over the route's bound
 */
@SuppressWarnings("ArrayRecordComponent") // nobody changes them
public record Replicas(double[] lagMillis, long[] positions, boolean[][] lagging) {
  public static final long UNKNOWN = -1;

  /** Nothing is known. */
  public static final Replicas NONE = new Replicas(new double[0], new long[0], new boolean[0][0]);

  /** NaN: not known. */
  public double lagMillis(int region) {
    return region < lagMillis.length ? lagMillis[region] : Double.NaN;
  }

  /** Whether a region's copy has come up to there. */
  boolean has(int region, long position) {
    return region < positions.length
        && positions[region] != UNKNOWN
        && positions[region] >= position;
  }

  /** {@link #UNKNOWN}: not known. */
  public long position(int region) {
    return region < positions.length ? positions[region] : UNKNOWN;
  }

  /** Whether a region lags more than the route bears. */
  public boolean lagging(int route, int region) {
    return route < lagging.length && region < lagging[route].length && lagging[route][region];
  }

  /** Whether both say the same. */
  public boolean same(Replicas other) {
    return Arrays.equals(lagMillis, other.lagMillis)
        && Arrays.equals(positions, other.positions)
        && Arrays.deepEquals(lagging, other.lagging);
  }
}
