package io.meridian.proxy.routing;

import io.meridian.config.Data;
import io.meridian.config.Route;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which region is a client's home: a trusted proxy's field says so, or a signed cookie. */
final class HomeRegion {
  private final byte @Nullable [] header; // lower case
  private final @Nullable String answerHeader; // lower case
  private final @Nullable AffinityCookie cookie;
  private final byte[][] regions; // names by index

  /**
   * @param key for the cookie; null: there is none
   * @param names of all regions, by index
   */
  HomeRegion(String route, Data.Home home, byte @Nullable [] key, List<String> names) {
    header = home.header() == null ? null : lower(home.header());
    answerHeader =
        home.answerHeader() == null ? null : home.answerHeader().toLowerCase(Locale.ROOT);
    regions = names.stream().map(FieldMatch::bytes).toArray(byte[][]::new);
    cookie =
        key == null
            ? null
            : new AffinityCookie(
                route,
                new Route.Affinity(
                    Route.By.COOKIE,
                    home.keyFile(),
                    home.name(),
                    home.maxAge(),
                    home.sameSite(),
                    home.secure(),
                    0,
                    0),
                key,
                names);
  }

  private static byte[] lower(String name) {
    return FieldMatch.bytes(name.toLowerCase(Locale.ROOT));
  }

  /** Index of the region; -1: none is known. */
  int region(RouteQuery query, RequestHead head) {
    byte[] name = header;
    if (name != null && query.trusted) {
      for (int i = 0; i < head.fieldCount(); i++) {
        if (FieldMatch.named(head, i, name)) {
          return region(head.bytes(), head.valueStart(i), head.valueLength(i));
        }
      }
    }
    AffinityCookie signed = cookie;
    return signed == null ? -1 : signed.read(head);
  }

  private int region(byte[] bytes, int start, int length) {
    for (int i = 0; i < regions.length; i++) {
      if (ByteMap.equal(regions[i], bytes, start, length)) {
        return i;
      }
    }
    return -1;
  }

  /** What keeps the home that an answer names; null: nothing new. The field is removed. */
  byte @Nullable [] setCookie(RouteQuery query, ResponseHead answer, boolean tls) {
    String name = answerHeader;
    AffinityCookie signed = cookie;
    if (name == null || signed == null) {
      return null;
    }
    int named = -1;
    for (int i = answer.find(name, 0); i >= 0; i = answer.find(name, i + 1)) {
      named = region(answer.bytes(), answer.valueStart(i), answer.valueLength(i));
      answer.omit(i);
    }
    RequestHead head = query.head;
    boolean known = head != null && named >= 0 && signed.read(head) == named;
    return named < 0 || known ? null : signed.setCookie(named, tls);
  }
}
