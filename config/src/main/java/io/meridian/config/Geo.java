package io.meridian.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where places come from.
 *
 * @param city a GeoIP2 or GeoLite2 City, Enterprise or Country database; null: the embedded one
 * @param asn a GeoLite2 ASN or GeoIP2 ISP database; null: no ASN is known
 * @param overrides own prefixes, which beat the database; the longest prefix wins
 */
public record Geo(@Nullable Path city, @Nullable Path asn, List<PrefixOverride> overrides) {

  /**
   * The place of one prefix; what is null is unknown there.
   *
   * @param continent two letters: AF, AN, AS, EU, NA, OC or SA
   * @param country ISO 3166-1 alpha-2
   * @param subdivision ISO 3166-2 code without the country part
   */
  public record PrefixOverride(
      Cidr prefix,
      @Nullable String continent,
      @Nullable String country,
      @Nullable String subdivision,
      @Nullable String city,
      @Nullable Coordinates location) {}
}
