package io.meridian.proxy.routing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.meridian.config.Coordinates;
import io.meridian.geo.GreatCircle;
import io.meridian.geo.Location;
import io.meridian.health.Prior;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Round trips from clients to regions, as browsers report them: by prefix (/24, /48), autonomous
 * system and country, in tables of bounded size whose weights halve every hour. What a client's own
 * prefix says counts most; where little is known the wider group speaks, and last the distance. Any
 * thread.
 */
public final class ClientEstimates {
  /** Knows distances only. */
  public static final ClientEstimates NONE = new ClientEstimates(0);

  private static final long HEARD_SECONDS = 10;
  private static final double HALF_LIFE_SECONDS = 3600;
  private static final double PREFIX_MOST = 32;
  private static final double GROUP_MOST = 256;

  /**
   * A group does not believe a report that is more than twice or less than half of what it knows.
   */
  private static final double STEP = Math.log(2);

  /** Reports in the wider group's word that those of the narrower one weigh up. */
  private static final double PREFIX_DOUBT = 1;

  private static final double NETWORK_DOUBT = 8;
  private static final double COUNTRY_DOUBT = 16;

  /** Kilometres that light goes there and back in a millisecond. */
  private static final double KM_PER_MILLI = 150;

  private static final int NUMBERS = 1 << 22; // of all prefixes
  private static final int GROUPS = 1 << 13;
  private static final double LEAST_MILLIS = 0.1;
  private static final double MOST_MILLIS = 10_000;

  private final int regions;
  private final Cache<Key, Cell> prefixes;
  private final Cache<Long, Cell> networks;
  private final Cache<String, Cell> countries;

  /** A client's network: the family by its length in bytes, and the leading bits. */
  private record Key(int family, long bits) {
    static Key of(byte[] address) {
      long bits = 0;
      for (int i = 0; i < (address.length == 4 ? 3 : 6); i++) {
        bits = bits << 8 | (address[i] & 0xff);
      }
      return new Key(address.length, bits);
    }
  }

  /** Of one group of clients: mean of ln(ms), weight and time for each region. */
  private static final class Cell {
    private final float[] mean;
    private final float[] weight;
    private final long[] atSeconds;
    private long heardSeconds = Long.MIN_VALUE / 2;

    Cell(int regions) {
      mean = new float[regions];
      weight = new float[regions];
      atSeconds = new long[regions];
    }

    /** Whether it is time to hear this group again. */
    synchronized boolean hear(long nowSeconds) {
      if (nowSeconds - heardSeconds < HEARD_SECONDS) {
        return false;
      }
      heardSeconds = nowSeconds;
      return true;
    }

    synchronized void add(int region, double logMillis, double most, boolean wary, long now) {
      double before = weight(region, now);
      double heard = logMillis;
      if (wary && before > 4) {
        heard = Math.clamp(logMillis, mean[region] - STEP, mean[region] + STEP);
      }
      double after = Math.min(before + 1, most);
      mean[region] = (float) (before == 0 ? heard : mean[region] + (heard - mean[region]) / after);
      weight[region] = (float) after;
      atSeconds[region] = now;
    }

    private double weight(int region, long now) {
      double age = Math.max(0, now - atSeconds[region]) / HALF_LIFE_SECONDS;
      double left = weight[region] * Math.pow(0.5, age);
      return left < 0.05 ? 0 : left;
    }

    /** The wider group's word, as far as this one has none of its own. */
    synchronized double blend(int region, double wider, double doubt, long now) {
      double own = weight(region, now);
      return (own * mean[region] + doubt * wider) / (own + doubt);
    }
  }

  /**
   * @param regions how many there are; 0: nothing is learnt
   */
  public ClientEstimates(int regions) {
    this.regions = regions;
    this.prefixes = table(Math.min(1 << 16, NUMBERS / Math.max(1, regions)));
    this.networks = table(GROUPS);
    this.countries = table(GROUPS);
  }

  private static <K> Cache<K, Cell> table(int most) {
    return Caffeine.newBuilder().maximumSize(most).executor(Runnable::run).build();
  }

  /** For how many regions it can learn. */
  public int regions() {
    return regions;
  }

  /** Whether a client may report now: once in ten seconds for each prefix. */
  public boolean hear(byte[] address, long nowSeconds) {
    return regions > 0 && prefixes.get(Key.of(address), _ -> new Cell(regions)).hear(nowSeconds);
  }

  /**
   * A client's round trip to a region.
   *
   * @param asn 0: not known
   * @return false if it can't be: slower than ten seconds, or faster than light
   */
  public boolean report(
      byte[] address, Location place, long asn, RoutedRegion region, double millis, long now) {
    if (region.index() >= regions || !(millis >= least(place, region) && millis <= MOST_MILLIS)) {
      return false;
    }
    double log = Math.log(millis);
    Cell own = prefixes.get(Key.of(address), _ -> new Cell(regions));
    own.add(region.index(), log, PREFIX_MOST, false, now);
    if (asn != 0) {
      networks.get(asn, _ -> new Cell(regions)).add(region.index(), log, GROUP_MOST, true, now);
    }
    if (!place.country().isEmpty()) {
      countries
          .get(place.country(), _ -> new Cell(regions))
          .add(region.index(), log, GROUP_MOST, true, now);
    }
    return true;
  }

  private static double least(Location place, RoutedRegion region) {
    Coordinates at = region.location();
    if (at == null || !place.hasCoordinates()) {
      return LEAST_MILLIS;
    }
    double km =
        GreatCircle.kilometres(place.latitude(), place.longitude(), at.latitude(), at.longitude());
    double sure = km - Math.max(200, 2.0 * place.accuracyRadiusKm());
    return Math.max(LEAST_MILLIS, sure / KM_PER_MILLI);
  }

  /** Puts the estimates for a client's regions into its query. */
  public void fill(RouteQuery query, List<RoutedRegion> all) {
    if (query.clientMillis.length < all.size()) {
      query.clientMillis = new double[all.size()];
    }
    Location place = query.location;
    Coordinates at =
        place.hasCoordinates() ? new Coordinates(place.latitude(), place.longitude()) : null;
    Cell own = regions == 0 ? null : prefixes.getIfPresent(Key.of(query.address));
    Cell network = regions == 0 || query.asn == 0 ? null : networks.getIfPresent(query.asn);
    Cell country =
        regions == 0 || place.country().isEmpty() ? null : countries.getIfPresent(place.country());
    query.clientKnown = at != null || own != null || network != null || country != null;
    long now = query.epochSeconds;
    for (int i = 0; i < all.size(); i++) {
      double log = Prior.between(at, all.get(i).location()).logMean();
      log = blend(country, i, log, COUNTRY_DOUBT, now);
      log = blend(network, i, log, NETWORK_DOUBT, now);
      log = blend(own, i, log, PREFIX_DOUBT, now);
      query.clientMillis[i] = Math.exp(log);
    }
  }

  private double blend(@Nullable Cell cell, int region, double wider, double doubt, long now) {
    return cell == null || region >= regions ? wider : cell.blend(region, wider, doubt, now);
  }

  /** What distance says of a round trip in milliseconds; the place has to be known. */
  public static double between(Location place, @Nullable Coordinates to) {
    return Math.exp(
        Prior.between(new Coordinates(place.latitude(), place.longitude()), to).logMean());
  }

  /** Networks of clients that have reported, about. */
  public long networks() {
    return prefixes.estimatedSize();
  }
}
