package io.meridian.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests that match go to the fastest healthy region of {@code regions} that {@code fence}
 * allows. The most specific match wins, whatever the order in the file: exact host, then the
 * longest wildcard, then any host; then the longest path; then more header conditions; then methods
 * given.
 */
@Key("Requests that match go to the fastest healthy region that the fence allows.")
public record Route(
    @Key(value = "The route's name in logs and metrics.", or = "route-{n}", form = Form.NAME)
        String name,
    @Key(
            value = "Which requests. All conditions given must hold; without one every request.",
            or = "{}")
        Match match,
    @Key(
            value = "The regions that serve this route; all if left out.",
            or = "[]",
            form = Form.NAME,
            atLeast = 1)
        List<String> regions,
    @Key(
            value =
                "How regions are ordered: `latency`, fastest first as measured from this edge;"
                    + " `geo`, nearest to the client first; `geolocation`, by rules for the"
                    + " client's place; `weighted`, by chance; `priority`, in the order of"
                    + " `regions`; `follow_the_sun`, reads as with `latency`, writes to `primary`;"
                    + " `groups`, as `group` and the groups in it say.",
            or = "latency")
        Policy policy,
    @Key(
            value =
                "With `latency` and `follow_the_sun`: whose round trip counts: `edge`, from this edge"
                    + " to the region, as measured; `client`, straight from the client to the region,"
                    + " as beacons tell, else by distance; `path`, from the client by way of this edge,"
                    + " which orders as `edge` does, since the way to the edge is always the same.",
            or = "edge")
        LatencyFrom latencyFrom,
    @Key(
            value =
                "With `latency`, `follow_the_sun` and `groups`, and with `geo` where a client's place"
                    + " is not known: regions within this of the fastest, or within `band_ratio`,"
                    + " count as equally near; their `weight` divides the traffic.",
            or = "10ms",
            min = "0s",
            max = "10s")
        Duration band,
    @Key(
            value = "As `band`, as a share of the fastest one's round trip; the wider one counts.",
            or = "10%",
            form = Form.PERCENT)
        int bandRatio,
    @Key(
            value =
                "With `weighted`: shares of regions; one that is not listed has its own weight.",
            or = "[]",
            atLeast = 1)
        List<Weight> weights,
    @Key(
            value =
                "With `geolocation`: which clients go where. The most specific rule wins: prefix,"
                    + " ASN, subdivision, country, continent, and last the one without condition."
                    + " Behind a rule's regions stand those of the one without condition.",
            or = "[]",
            atLeast = 1)
        List<GeoRule> geolocation,
    @Key(
            value =
                "With `follow_the_sun`: the regions that take requests other than GET, HEAD,"
                    + " OPTIONS and TRACE; the first that is up does, and no other.",
            or = "[]",
            form = Form.NAME,
            atLeast = 1,
            single = true)
        List<String> primary,
    @Key(
            value =
                "With `priority`: whether another region takes over by itself when the first is not"
                    + " up (`automatic`), or only once an operator promotes it (`manual`).",
            or = "automatic")
        Promotion promotion,
    @Key(
            value = "With `groups`: the group whose regions serve the route.",
            absent = "must be given with `groups`",
            form = Form.NAME)
        @Nullable String group,
    @Key(value = "Sends some requests to another region to try it.", absent = "none")
        @Nullable Canary canary,
    @Key(
            value = "Keeps a client at one region for as long as that is allowed and up.",
            absent = "none")
        @Nullable Affinity affinity,
    @Key(
            value =
                "Whether trusted proxies may choose a region by `X-Meridian-Prefer-Region`, from"
                    + " which requests fall back to others, or `X-Meridian-Force-Region`, from which"
                    + " they do not.",
            or = "false")
        boolean pinHeader,
    @Key(
            value =
                "A file with a token. Answers to requests that carry it in `X-Meridian-Explain` say"
                    + " in `Meridian-Decision` where they went and why.",
            absent = "no request is told",
            form = Form.SECRET_FILE)
        @Nullable Path explainTokenFile,
    @Key(
            value =
                "The fences that bind the route, by name, at most four. Where several apply to a"
                    + " client, a region has to be allowed by each of them.",
            or = "[]",
            form = Form.NAME,
            atLeast = 1,
            single = true)
        List<String> fence,
    @Key(
            value = "The longest a client waits for the head of an answer, all attempts together.",
            or = "15s",
            min = "10ms",
            max = "1h")
        Duration deadline,
    @Key(
            value = "Sends requests where the client's data is, and is fresh enough.",
            absent = "nothing is known of data")
        @Nullable Data data,
    @Key(
            value =
                "Sends clients to a region's own address (`public_url`) where that is clearly faster"
                    + " for them than the way by this edge.",
            absent = "clients stay")
        @Nullable Steer steer,
    @Key(
            value =
                "Whether the route takes reports of round trips from browsers instead of going to a"
                    + " region: a POST of `{\"REGION\": MILLISECONDS, ...}`, at most 4 KiB. A client's"
                    + " network is heard every 10 seconds at most.",
            or = "false")
        boolean beacon,
    @Key(value = "How many requests the route lets in.", absent = "no limit")
        @Nullable RateLimit rateLimit,
    @Key(
            value =
                "Compresses answers that no endpoint has compressed, for clients that accept it.",
            absent = "nothing is compressed")
        @Nullable Compress compress,
    @Key(
            value =
                "Whether answers tell in `Server-Timing` how long the endpoint and this edge took,"
                    + " and which region answered: for clients to see.",
            or = "false")
        boolean serverTiming,
    @Key(
            value = "Stores answers and gives them out again, as RFC 9111 has it.",
            absent = "nothing is stored")
        @Nullable RouteCache cache) {

  /** All given conditions must hold; an empty list is no condition. */
  @Key("Which requests a route takes.")
  public record Match(
      @Key(
              value =
                  "Hosts, in lower case and without port: exact, or `*.example.com` for one or more"
                      + " labels before it.",
              or = "[]",
              form = Form.HOST_PATTERN,
              atLeast = 1)
          List<String> hosts,
      @Key(
              value =
                  "Paths: `/api/` takes what begins so, `/api` takes itself and what begins with"
                      + " `/api/`.",
              or = "[]",
              form = Form.PATH_PREFIX,
              atLeast = 1)
          List<String> paths,
      @Key(value = "Request methods, in upper case.", or = "[]", form = Form.METHOD, atLeast = 1)
          List<String> methods,
      @Key(value = "Header fields that a request must carry.", or = "[]", atLeast = 1)
          List<HeaderMatch> headers) {}

  /** A request field that must be there; {@code value} null: with any value, else exactly this. */
  @Key("A header field that a request must carry.")
  public record HeaderMatch(
      @Key(value = "The field's name; upper and lower case are the same.", form = Form.FIELD_NAME)
          String name,
      @Key(value = "The field's exact value.", absent = "any value") @Nullable String value) {}

  /** How allowed, healthy regions are ordered. */
  public enum Policy {
    /** Fastest first, as measured from this edge. */
    LATENCY,
    /** Nearest to the client first, by great circle. */
    GEO,
    /** As the most specific rule for the client's place says. */
    GEOLOCATION,
    /** Drawn by weight. */
    WEIGHTED,
    /** In the order of the route's {@code regions}: active, then passive. */
    PRIORITY,
    /** Reads as {@code LATENCY}, writes to {@code primary}. */
    FOLLOW_THE_SUN,
    /** As {@code group} and the groups in it say. */
    GROUPS
  }

  /** Who lets a passive region take over. */
  public enum Promotion {
    AUTOMATIC,
    MANUAL
  }

  /** The same with these regions. */
  Route withRegions(List<String> others) {
    return new Route(
        name,
        match,
        others,
        policy,
        latencyFrom,
        band,
        bandRatio,
        weights,
        geolocation,
        primary,
        promotion,
        group,
        canary,
        affinity,
        pinHeader,
        explainTokenFile,
        fence,
        deadline,
        data,
        steer,
        beacon,
        rateLimit,
        compress,
        serverTiming,
        cache);
  }

  /** Whose round trip orders regions. */
  public enum LatencyFrom {
    /** From this edge to the region. */
    EDGE,
    /** From the client to the region. */
    CLIENT,
    /** From the client by way of this edge. */
    PATH
  }

  /** The share of one region. */
  @Key("The share of one region.")
  public record Weight(
      @Key(value = "The region.", form = Form.NAME) String region,
      @Key(
              value = "Its share relative to the others'; 0: only when they fail.",
              max = "1000",
              min = "0")
          int weight) {}

  /** One rule; exactly one list of conditions is given, or none: then it is for all others. */
  @Key("Where clients of some places go. At most one of the conditions may be given.")
  public record GeoRule(
      @Key(
              value = "Continents of clients: AF, AN, AS, EU, NA, OC, SA.",
              or = "[]",
              form = Form.CONTINENT,
              atLeast = 1,
              single = true)
          List<String> continent,
      @Key(
              value = "Countries of clients, ISO 3166-1 alpha-2. Quote Norway: \"NO\".",
              or = "[]",
              form = Form.COUNTRY,
              atLeast = 1,
              single = true)
          List<String> country,
      @Key(
              value = "Subdivisions of clients, ISO 3166-2 as a whole: `US-CA`.",
              or = "[]",
              form = Form.ISO_SUBDIVISION,
              atLeast = 1,
              single = true)
          List<String> subdivision,
      @Key(
              value = "Autonomous systems of clients, by number. Needs `geo.asn`.",
              or = "[]",
              min = "1",
              max = "4294967295",
              form = Form.NUMBER,
              atLeast = 1,
              single = true)
          List<Long> asn,
      @Key(
              value = "Prefixes of client addresses; the longest wins.",
              or = "[]",
              atLeast = 1,
              single = true)
          List<Cidr> prefix,
      @Key(
              value = "Their regions, in the order in which they are tried.",
              form = Form.NAME,
              atLeast = 1,
              single = true)
          List<String> regions) {}

  /** Requests that go to a region to try it. */
  @Key("Which requests go to a region to try it; they fall back to the others.")
  public record Canary(
      @Key(
              value = "The region. It serves other requests only if `regions` lists it, too.",
              form = Form.NAME)
          String region,
      @Key(value = "Requests with this header field do.", absent = "none")
          @Nullable HeaderMatch header,
      @Key(value = "Requests with this cookie do.", absent = "none") @Nullable CookieMatch cookie,
      @Key(value = "So much of all other requests does.", or = "0%", form = Form.PERCENT)
          int percent) {}

  /** A cookie that must be there; {@code value} null: with any value, else exactly this. */
  @Key("A cookie that a request must carry.")
  public record CookieMatch(
      @Key(value = "The cookie's name.", form = Form.FIELD_TOKEN) String name,
      @Key(value = "The cookie's exact value.", absent = "any value") @Nullable String value) {}

  /** What keeps a client at one region. */
  @Key("What keeps a client at one region for as long as that is allowed and up.")
  public record Affinity(
      @Key(
              value =
                  "`cookie`: the region that answered first, in a signed cookie; `client`: a region"
                      + " that is worked out from the client's prefix.",
              or = "cookie")
          By by,
      @Key(
              value = "With `cookie`: the file that holds the key that signs it.",
              absent = "must be given with `cookie`",
              form = Form.SECRET_FILE)
          @Nullable Path keyFile,
      @Key(value = "The cookie's name.", or = "meridian-region", form = Form.FIELD_TOKEN)
          String name,
      @Key(value = "How long a client keeps the cookie.", or = "24h", min = "1s", max = "9000h")
          Duration maxAge,
      @Key(
              value =
                  "When the cookie is sent from other sites' pages: `lax`, `strict` or `none`,"
                      + " which browsers take over TLS only.",
              or = "lax")
          SameSite sameSite,
      @Key(
              value =
                  "Whether the cookie is for TLS only: `auto`, if the client came so; `always`, for"
                      + " edges behind a proxy that ends TLS.",
              or = "auto")
          Secure secure,
      @Key(
              value = "With `client`: bits of an IPv4 address that make the prefix.",
              or = "24",
              min = "8",
              max = "32")
          int prefixBits,
      @Key(
              value = "With `client`: bits of an IPv6 address that make the prefix.",
              or = "48",
              min = "16",
              max = "128")
          int prefixBitsV6) {}

  /** What a client is known by. */
  public enum By {
    COOKIE,
    CLIENT
  }

  /** The cookie's attribute of that name. */
  public enum SameSite {
    LAX,
    STRICT,
    NONE
  }

  /** When the cookie is for TLS only. */
  public enum Secure {
    AUTO,
    ALWAYS
  }
}
