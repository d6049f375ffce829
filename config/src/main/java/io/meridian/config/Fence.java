package io.meridian.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A residency rule: a client that it applies to may be served by these regions and no others, first
 * choice, retry, race and hedge alike. Either {@code allow} or {@code deny} is null.
 */
@Key(
    "A residency rule. A client that it applies to is served by the regions that it allows and no"
        + " others: first choice, retry, race and hedge alike.")
public record Fence(
    @Key(value = "The fence's name, by which routes refer to it.", form = Form.NAME) String name,
    @Key(
            value =
                "Whom it applies to. Every condition given must hold, each by any of its values;"
                    + " without one it applies to everybody.",
            or = "{}")
        When when,
    @Key(
            value = "The only regions allowed. Either `allow` or `deny` must be given.",
            absent = "`deny` says it",
            form = Form.NAME,
            atLeast = 1)
        @Nullable List<String> allow,
    @Key(
            value = "Regions forbidden. Either `allow` or `deny` must be given.",
            absent = "`allow` says it",
            form = Form.NAME,
            atLeast = 1)
        @Nullable List<String> deny,
    @Key(
            value =
                "Whether it binds a client whose place is not known where a condition needs it, or"
                    + " who is not trusted where one needs a header field: `apply` or `skip`.",
            or = "apply")
        Unknown unknown,
    @Key(
            value = "The status answered when no allowed region is left.",
            or = "503",
            only = {"503", "451"})
        int status) {

  /** Whom a fence applies to. An empty list is no condition. */
  @Key("Whom a fence applies to.")
  public record When(
      @Key(
              value = "Continents of clients: AF, AN, AS, EU, NA, OC, SA.",
              or = "[]",
              form = Form.CONTINENT,
              atLeast = 1)
          List<String> clientContinent,
      @Key(
              value = "Countries of clients, ISO 3166-1 alpha-2. Quote Norway: \"NO\".",
              or = "[]",
              form = Form.COUNTRY,
              atLeast = 1)
          List<String> clientCountry,
      @Key(value = "Prefixes of client addresses.", or = "[]", atLeast = 1) List<Cidr> clientPrefix,
      @Key(
              value = "Hosts asked for: exact, or `*.example.com`.",
              or = "[]",
              form = Form.HOST_PATTERN,
              atLeast = 1)
          List<String> hosts,
      @Key(
              value =
                  "Paths asked for: `/eu/` means what begins so, `/eu` itself and what begins with"
                      + " `/eu/`.",
              or = "[]",
              form = Form.PATH_PREFIX,
              atLeast = 1)
          List<String> paths,
      @Key(
              value =
                  "Names that clients asked for in TLS (SNI): exact, or `*.example.com`. It does not"
                      + " hold for a client without TLS, or whose TLS named none.",
              or = "[]",
              form = Form.HOST_PATTERN,
              atLeast = 1)
          List<String> sni,
      @Key(
              value =
                  "Header fields that trusted proxies set. What others send says nothing: it counts"
                      + " as not known.",
              or = "[]",
              atLeast = 1)
          List<Route.HeaderMatch> headers) {}

  /** A client of unknown place: the fence binds it ({@code APPLY}, the default) or does not. */
  public enum Unknown {
    APPLY,
    SKIP
  }
}
