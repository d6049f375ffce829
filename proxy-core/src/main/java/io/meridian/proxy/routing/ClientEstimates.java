package io.meridian.proxy.routing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.meridian.config.Coordinates;
import io.meridian.config.Edge;
import io.meridian.geo.GreatCircle;
import io.meridian.geo.Location;
import io.meridian.health.Prior;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Round trips from clients to regions and to this edge, as browsers report them: by prefix (/24,
 * /48), autonomous system and country, in tables of bounded size whose weights halve every hour.
 * What a client's own prefix says counts most; where little is known the wider group speaks, and
 * last the distance. Any thread.
 */
public final class ClientEstimates {
  /** Knows distances only. */
  public static final ClientEstimates NONE = new ClientEstimates(0, null);

  private static final double PREFIX_MOST = 32;
  private static final double GROUP_MOST = 256;

  /** Reports in the wider group's word that those of the narrower one weigh up. */
  private static final double PREFIX_DOUBT = 1;

  private static final double NETWORK_DOUBT = 8;
  private static final double COUNTRY_DOUBT = 16;

  /** Kilometres that light goes there and back in a millisecond. */
  private static final double KM_PER_MILLI = 150;

  private static final int NUMBERS = 3 << 20; // of all prefixes
  private static final int GROUPS = 1 << 13;
  private static final double LEAST_MILLIS = 0.1;
  private static final double MOST_MILLIS = 10_000;

  private final int regions;
  private final @Nullable Edge edge;
  private final Cache<Key, GroupEstimates> prefixes;
  private final Cache<Long, GroupEstimates> networks;
  private final Cache<String, GroupEstimates> countries;

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

  /**
   * @param regions how many there are; 0: nothing is learnt
   * @param edge this one: the way to it is learnt, too, from reports under its name; null: it is
   *     not
   */
  public ClientEstimates(int regions, @Nullable Edge edge) {
    this.regions = regions;
    this.edge = edge;
    this.prefixes = table(Math.min(1 << 16, NUMBERS / Math.max(1, regions)));
    this.networks = table(GROUPS);
    this.countries = table(GROUPS);
  }

  private static <K> Cache<K, GroupEstimates> table(int most) {
    return Caffeine.newBuilder().maximumSize(most).executor(Runnable::run).build();
  }

  /** For how many regions it can learn. */
  public int regions() {
    return regions;
  }

  /** The edge to which it learns the way; null: to none. */
  public @Nullable Edge edge() {
    return edge;
  }

  private GroupEstimates group() {
    return new GroupEstimates(regions + 1); // the last is the edge
  }

  /** Whether a client may report now: once in ten seconds for each prefix. */
  public boolean hear(byte[] address, long nowSeconds) {
    return regions > 0 && prefixes.get(Key.of(address), _ -> group()).hear(nowSeconds);
  }

  /**
   * A client's round trip to a region.
   *
   * @param asn 0: not known
   * @return false if it can't be: slower than ten seconds, or faster than light
   */
  public boolean report(
      byte[] address, Location place, long asn, RoutedRegion region, double millis, long now) {
    return region.index() < regions
        && report(address, place, asn, region.index(), region.location(), millis, now);
  }

  /** As above, of a client's round trip to this edge. */
  public boolean reportEdge(byte[] address, Location place, long asn, double millis, long now) {
    Edge to = edge;
    return to != null
        && regions > 0
        && report(address, place, asn, regions, to.location(), millis, now);
  }

  private boolean report(
      byte[] address,
      Location place,
      long asn,
      int index,
      @Nullable Coordinates to,
      double millis,
      long now) {
    if (!(millis >= least(place, to) && millis <= MOST_MILLIS)) {
      return false;
    }
    double log = Math.log(millis);
    prefixes.get(Key.of(address), _ -> group()).add(index, log, PREFIX_MOST, false, now);
    if (asn != 0) {
      networks.get(asn, _ -> group()).add(index, log, GROUP_MOST, true, now);
    }
    if (!place.country().isEmpty()) {
      countries.get(place.country(), _ -> group()).add(index, log, GROUP_MOST, true, now);
    }
    return true;
  }

  private static double least(Location place, @Nullable Coordinates at) {
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
    GroupEstimates own = regions == 0 ? null : prefixes.getIfPresent(Key.of(query.address));
    GroupEstimates network =
        regions == 0 || query.asn == 0 ? null : networks.getIfPresent(query.asn);
    GroupEstimates country =
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
    query.edgeMillis = Double.NaN;
    Edge to = edge;
    if (to != null && (knows(own, now) || knows(network, now) || knows(country, now))) {
      double log = Prior.between(at, to.location()).logMean();
      log = blend(country, regions, log, COUNTRY_DOUBT, now);
      log = blend(network, regions, log, NETWORK_DOUBT, now);
      query.edgeMillis = Math.exp(blend(own, regions, log, PREFIX_DOUBT, now));
    }
  }

  private boolean knows(@Nullable GroupEstimates group, long now) {
    return group != null && group.knows(regions, now);
  }

  private double blend(
      @Nullable GroupEstimates group, int index, double wider, double doubt, long now) {
    return group == null || index > regions ? wider : group.blend(index, wider, doubt, now);
  }

  /**
   * From the client that these were put into the query for to this edge and back, in milliseconds:
   * as it was reported, else by distance; NaN: not known.
   */
  public static double toEdge(RouteQuery query, @Nullable Coordinates edge) {
    if (!Double.isNaN(query.edgeMillis)) {
      return query.edgeMillis;
    }
    return edge == null || !query.location.hasCoordinates()
        ? Double.NaN
        : between(query.location, edge);
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
