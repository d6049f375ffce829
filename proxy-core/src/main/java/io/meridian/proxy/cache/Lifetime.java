package io.meridian.proxy.cache;

import io.meridian.proxy.http.FieldSection;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How long an answer is fresh and what holds after that. Immutable.
 *
 * @param freshSeconds from when it was made; 0: it never is
 * @param noCache whether an endpoint has to be asked each time
 * @param strict whether it must never serve when stale (RFC 9111, 5.2.2.2, 5.2.2.8, 5.2.2.10)
 * @param whileRevalidateSeconds how long it serves stale while a newer one is fetched (RFC 5861, 3)
 * @param ifErrorSeconds how long it serves stale if no newer one can be had (RFC 5861, 4)
 * @see "RFC 9111, 4.2"
 */
record Lifetime(
    long freshSeconds,
    boolean noCache,
    boolean strict,
    long whileRevalidateSeconds,
    long ifErrorSeconds) {

  /** Known times as integers; any other key with an item that holds no comma. */
  private static final Pattern MEMBER =
      Pattern.compile(
          "(?:(?:max-age|s-maxage|stale-while-revalidate|stale-if-error)=\\d{1,15}"
              + "|(?!(?:max-age|s-maxage|stale-while-revalidate|stale-if-error)(?:[=;]|$))"
              + "[a-z*][a-z0-9_.*-]*(?:=(?:-?\\d{1,15}(?:\\.\\d{1,3})?|\"[ !#-\\[\\]-~]*\""
              + "|[A-Za-z*][!#$%&'*+.^_`|~:/0-9A-Za-z-]*|\\?[01]))?)"
              + "(?:; *[a-z*][a-z0-9_.*-]*(?:=[^;,]+)?)*");

  /** What a status says that may be fresh by heuristics (RFC 9110, 15.1). */
  static boolean heuristicStatus(int status) {
    return switch (status) {
      case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501 -> true;
      default -> false;
    };
  }

  /**
   * What an answer says.
   *
   * @param directives of its {@code Cache-Control}, or of {@code CDN-Cache-Control} if it has one
   * @param targeted whether it is the latter, beside which {@code Expires} says nothing (RFC 9213)
   * @param dateSeconds of its {@code Date}, or of its receipt
   */
  static Lifetime of(
      FieldSection answer,
      int status,
      Directives directives,
      boolean targeted,
      long dateSeconds,
      CacheRules rules) {
    boolean strict =
        directives.has("must-revalidate")
            || directives.has("proxy-revalidate")
            || directives.has("s-maxage");
    boolean noCache = directives.whole("no-cache");
    long whileRevalidate = directives.seconds("stale-while-revalidate");
    long ifError = directives.seconds("stale-if-error");
    boolean never = strict || noCache;
    return new Lifetime(
        fresh(answer, status, directives, targeted, dateSeconds, rules),
        noCache,
        never,
        never
            ? 0
            : whileRevalidate == Directives.ABSENT
                ? rules.staleWhileRevalidateSeconds()
                : whileRevalidate,
        never ? 0 : ifError == Directives.ABSENT ? rules.staleIfErrorSeconds() : ifError);
  }

  private static long fresh(
      FieldSection answer,
      int status,
      Directives directives,
      boolean targeted,
      long dateSeconds,
      CacheRules rules) {
    long shared = directives.seconds("s-maxage");
    if (shared != Directives.ABSENT) {
      return shared;
    }
    long maxAge = directives.seconds("max-age");
    if (maxAge != Directives.ABSENT) {
      return maxAge;
    }
    String expires = targeted ? null : Fields.first(answer, "expires");
    if (expires != null) {
      long until = HttpDate.parse(expires);
      return until == HttpDate.NONE ? 0 : Math.clamp(until - dateSeconds, 0, Integer.MAX_VALUE);
    }
    return heuristic(answer, status, directives, dateSeconds, rules);
  }

  private static long heuristic(
      FieldSection answer, int status, Directives directives, long dateSeconds, CacheRules rules) {
    String modified = Fields.first(answer, "last-modified");
    boolean may = heuristicStatus(status) || directives.has("public");
    if (rules.heuristicSeconds() == 0 || modified == null || !may) {
      return 0;
    }
    long since = HttpDate.parse(modified);
    return since == HttpDate.NONE
        ? 0
        : Math.clamp((dateSeconds - since) / 10, 0, rules.heuristicSeconds());
  }

  /** Whether anything is said of a lifetime, be it that there is none. */
  static boolean explicit(FieldSection answer, Directives directives) {
    return directives.has("max-age")
        || directives.has("s-maxage")
        || Fields.first(answer, "expires") != null;
  }

  /**
   * The {@code CDN-Cache-Control} that counts in place of {@code Cache-Control}; null: there is
   * none, or it is no dictionary in which times are integers (RFC 9213, 2; RFC 9651, 3.2).
   */
  static @Nullable String targeted(FieldSection answer) {
    String own = Fields.all(answer, "cdn-cache-control");
    if (own == null || own.isBlank()) {
      return null;
    }
    for (String member : own.split(",", -1)) {
      if (!MEMBER.matcher(member.strip()).matches()) {
        return null;
      }
    }
    return own;
  }
}
