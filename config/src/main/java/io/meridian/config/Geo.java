package io.meridian.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where places come from. */
@Key("Where the places of client addresses come from.")
public record Geo(
    @Key(
            value = "A GeoIP2 or GeoLite2 City, Enterprise or Country database.",
            absent = "the embedded database")
        @Nullable Path city,
    @Key(value = "A GeoLite2 ASN or GeoIP2 ISP database.", absent = "no ASN is known")
        @Nullable Path asn,
    @Key(value = "Own prefixes, which beat the database. The longest prefix wins.", or = "[]")
        List<PrefixOverride> overrides) {

  /** The place of one prefix; what is null is unknown there. */
  @Key("The place of one prefix.")
  public record PrefixOverride(
      @Key("The addresses, as a prefix: `10.20.0.0/16`.") Cidr prefix,
      @Key(
              value = "The continent: AF, AN, AS, EU, NA, OC or SA.",
              absent = "unknown",
              form = Form.CONTINENT)
          @Nullable String continent,
      @Key(
              value = "The country, ISO 3166-1 alpha-2. Quote Norway: \"NO\".",
              absent = "unknown",
              form = Form.COUNTRY)
          @Nullable String country,
      @Key(
              value = "The subdivision, ISO 3166-2 without the country: `BY`.",
              absent = "unknown",
              form = Form.SUBDIVISION)
          @Nullable String subdivision,
      @Key(value = "The city's name.", absent = "unknown") @Nullable String city,
      @Key(value = "Where it is.", absent = "unknown") @Nullable Coordinates location) {}
}
