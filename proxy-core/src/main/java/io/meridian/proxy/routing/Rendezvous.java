package io.meridian.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Which region a client belongs to, by hashing alone: when a region goes, only its own clients
 * move, and they come back with it. Immutable.
 *
 * @see "D. Thaler, C. Ravishankar, A Name-Based Mapping Scheme for Rendezvous, 1996"
 */
final class Rendezvous {
  private final int[] regions; // by their index in the snapshot
  private final long[] seeds;
  private final long[] dialSeeds;
  private final double[] weights;
  private final double[] dials;
  private final boolean even;

  Rendezvous(List<RoutedRegion> up, ToDoubleFunction<RoutedRegion> weight) {
    List<RoutedRegion> takers =
        up.stream().filter(r -> r.dial() > 0 && weight.applyAsDouble(r) > 0).toList();
    int count = takers.size();
    regions = new int[count];
    seeds = new long[count];
    dialSeeds = new long[count];
    weights = new double[count];
    dials = new double[count];
    boolean same = true;
    for (int i = 0; i < count; i++) {
      RoutedRegion region = takers.get(i);
      regions[i] = region.index();
      seeds[i] = seed(region.name());
      dialSeeds[i] = seed("dial " + region.name());
      weights[i] = weight.applyAsDouble(region);
      dials[i] = region.dial();
      same &= weights[i] == weights[0];
    }
    even = same;
  }

  /** The region with the best score whose dial lets the client in; -1: none. */
  int home(long client) {
    int best = -1;
    double bestScore = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < regions.length; i++) {
      double chance = unit(mix(client ^ seeds[i]));
      double score = even ? chance : Math.log(chance) / weights[i];
      if (score > bestScore && (dials[i] == 1 || unit(mix(client ^ dialSeeds[i])) < dials[i])) {
        best = regions[i];
        bestScore = score;
      }
    }
    return best;
  }

  /** A number of this client for one purpose, from 0 to 1. */
  static double chance(long client, String purpose) {
    return unit(mix(client ^ seed(purpose)));
  }

  /** Of the first bits of an address. */
  static long prefix(byte[] address, int bits) {
    long hash = address.length;
    for (int i = 0; i < address.length && i * 8 < bits; i++) {
      int rest = bits - i * 8;
      int octet = rest >= 8 ? address[i] & 0xff : address[i] & (0xff << (8 - rest)) & 0xff;
      hash = hash * 0x100000001b3L + octet;
    }
    return mix(hash);
  }

  private static long seed(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return mix(hash);
  }

  private static double unit(long hash) {
    return ((hash >>> 11) + 0.5) * 0x1p-53;
  }

  /** The finaliser of SplitMix64. */
  static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
