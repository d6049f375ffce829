package io.meridian.geo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.MaxMindDbParameter;
import com.maxmind.db.Reader;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** City, Enterprise and Country databases. A Country database knows no coordinates. */
final class CitySchema implements Schema<Location> {
  static final CitySchema INSTANCE = new CitySchema();

  private CitySchema() {}

  @Override
  public String kind() {
    return "city";
  }

  @Override
  public boolean accepts(String databaseType) {
    return Schema.mentions(databaseType, "city", "enterprise", "country");
  }

  @Override
  public Location unknown() {
    return Location.UNKNOWN;
  }

  @Override
  public Decoder<Location> decoder(MmdbData data) {
    return new LocationDecoder(data);
  }

  @Override
  public Location official(Reader reader, InetAddress address) throws IOException {
    Entry entry = reader.get(address, Entry.class);
    if (entry == null) {
      return Location.UNKNOWN;
    }
    Point point = entry.location == null ? new Point(null, null, null, null) : entry.location;
    boolean placed = point.latitude != null && point.longitude != null;
    Subdivision first =
        entry.subdivisions == null || entry.subdivisions.isEmpty()
            ? new Subdivision(null)
            : entry.subdivisions.getFirst();
    Map<String, String> names =
        entry.city == null || entry.city.names == null ? Map.of() : entry.city.names;
    return new Location(
        entry.continent == null ? "" : text(entry.continent.code),
        entry.country == null ? "" : text(entry.country.isoCode),
        text(first.isoCode),
        text(names.get("en")),
        placed ? Objects.requireNonNull(point.latitude) : Double.NaN,
        placed ? Objects.requireNonNull(point.longitude) : Double.NaN,
        point.accuracyRadius == null ? 0 : point.accuracyRadius,
        text(point.timeZone));
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  /** What MaxMind's reader fills, member by member; it calls public constructors only. */
  public record Entry(
      @MaxMindDbParameter(name = "continent") @Nullable Continent continent,
      @MaxMindDbParameter(name = "country") @Nullable Country country,
      @MaxMindDbParameter(name = "subdivisions") @Nullable List<Subdivision> subdivisions,
      @MaxMindDbParameter(name = "city") @Nullable City city,
      @MaxMindDbParameter(name = "location") @Nullable Point location) {}

  public record Continent(@MaxMindDbParameter(name = "code") @Nullable String code) {}

  public record Country(@MaxMindDbParameter(name = "iso_code") @Nullable String isoCode) {}

  public record Subdivision(@MaxMindDbParameter(name = "iso_code") @Nullable String isoCode) {}

  public record City(@MaxMindDbParameter(name = "names") @Nullable Map<String, String> names) {}

  public record Point(
      @MaxMindDbParameter(name = "latitude") @Nullable Double latitude,
      @MaxMindDbParameter(name = "longitude") @Nullable Double longitude,
      @MaxMindDbParameter(name = "accuracy_radius") @Nullable Integer accuracyRadius,
      @MaxMindDbParameter(name = "time_zone") @Nullable String timeZone) {}

  private static final class LocationDecoder implements Decoder<Location> {
    private static final byte[] CONTINENT = "continent".getBytes(US_ASCII);
    private static final byte[] CODE = "code".getBytes(US_ASCII);
    private static final byte[] COUNTRY = "country".getBytes(US_ASCII);
    private static final byte[] ISO_CODE = "iso_code".getBytes(US_ASCII);
    private static final byte[] SUBDIVISIONS = "subdivisions".getBytes(US_ASCII);
    private static final byte[] CITY = "city".getBytes(US_ASCII);
    private static final byte[] NAMES = "names".getBytes(US_ASCII);
    private static final byte[] ENGLISH = "en".getBytes(US_ASCII);
    private static final byte[] LOCATION = "location".getBytes(US_ASCII);
    private static final byte[] LATITUDE = "latitude".getBytes(US_ASCII);
    private static final byte[] LONGITUDE = "longitude".getBytes(US_ASCII);
    private static final byte[] ACCURACY_RADIUS = "accuracy_radius".getBytes(US_ASCII);
    private static final byte[] TIME_ZONE = "time_zone".getBytes(US_ASCII);

    private final MmdbData data;
    private final Map<String, String> texts = new HashMap<>();

    LocationDecoder(MmdbData data) {
      this.data = data;
    }

    @Override
    public Location decode(int position) throws InvalidDatabaseException {
      int subdivisions = data.find(position, SUBDIVISIONS);
      int location = data.find(position, LOCATION);
      double latitude = real(location, LATITUDE, 90);
      double longitude = real(location, LONGITUDE, 180);
      boolean placed = !Double.isNaN(latitude) && !Double.isNaN(longitude);
      int radius = member(location, ACCURACY_RADIUS);
      return new Location(
          text(data.find(position, CONTINENT), CODE),
          text(data.find(position, COUNTRY), ISO_CODE),
          subdivisions < 0 ? "" : text(data.first(subdivisions), ISO_CODE),
          text(member(data.find(position, CITY), NAMES), ENGLISH),
          placed ? latitude : Double.NaN,
          placed ? longitude : Double.NaN,
          radius < 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, data.whole(radius)),
          text(location, TIME_ZONE));
    }

    private int member(int map, byte[] key) throws InvalidDatabaseException {
      return map < 0 ? -1 : data.find(map, key);
    }

    private String text(int map, byte[] key) throws InvalidDatabaseException {
      int at = member(map, key);
      if (at < 0) {
        return "";
      }
      String fresh = data.text(at);
      String shared = texts.putIfAbsent(fresh, fresh);
      return shared == null ? fresh : shared;
    }

    private double real(int map, byte[] key, int limit) throws InvalidDatabaseException {
      int at = member(map, key);
      double degrees = at < 0 ? Double.NaN : data.real(at);
      if (degrees < -limit || degrees > limit) {
        throw new InvalidDatabaseException(
            degrees + " degrees (expected: -" + limit + " to " + limit + ")");
      }
      return degrees;
    }
  }
}
