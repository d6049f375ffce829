package io.meridian.proxy.cache;

import io.meridian.proxy.http.FieldSection;
import io.meridian.proxy.http.RequestHead;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client already has, by its request (RFC 9110, 13), kept apart from its head so that an
 * endpoint can be asked for the whole. Immutable.
 *
 * @param noneMatch list of {@code If-None-Match}; null: none
 * @param modifiedSince {@code If-Modified-Since}; it counts only without the other
 * @param range {@code Range}; null: none
 * @param ifRange {@code If-Range}; null: none
 */
record Conditions(
    @Nullable String noneMatch,
    @Nullable String modifiedSince,
    @Nullable String range,
    @Nullable String ifRange) {
  static final Conditions NONE = new Conditions(null, null, null, null);

  static Conditions of(RequestHead head) {
    String noneMatch = Fields.all(head, "if-none-match");
    String since = Fields.first(head, "if-modified-since");
    String range = Fields.all(head, "range");
    String ifRange = Fields.first(head, "if-range");
    return noneMatch == null && since == null && range == null
        ? NONE
        : new Conditions(noneMatch, since, range, ifRange);
  }

  boolean conditional() {
    return noneMatch != null || modifiedSince != null;
  }

  /** Whether the client has this answer already: 304. */
  boolean notModified(StoredResponse stored) {
    if (stored.status() != 200) {
      return false;
    }
    if (noneMatch != null) {
      return matches(noneMatch, stored.etag());
    }
    if (modifiedSince == null) {
      return false;
    }
    long since = HttpDate.parse(modifiedSince);
    String modified = stored.lastModified();
    long changed = modified == null ? stored.dateSeconds() : HttpDate.parse(modified);
    return since != HttpDate.NONE && changed <= since;
  }

  /** Weak comparison with each of a list of entity tags, which may hold commas (8.8.3). */
  private static boolean matches(String list, @Nullable String etag) {
    if (list.strip().equals("*")) {
      return true;
    }
    if (etag == null) {
      return false;
    }
    String own = opaque(etag);
    int p = 0;
    while (p < list.length()) {
      char c = list.charAt(p);
      if (c == '"') {
        int end = list.indexOf('"', p + 1);
        if (end < 0) {
          return false;
        }
        if (list.substring(p, end + 1).equals(own)) {
          return true;
        }
        p = end + 1;
      } else if (c == ',' || c == ' ' || c == '\t' || list.startsWith("W/\"", p)) {
        p += c == 'W' ? 2 : 1;
      } else { // a tag that somebody forgot to quote
        int end = p;
        while (end < list.length() && list.charAt(end) != ',') {
          end++;
        }
        if (list.substring(p, end).strip().equals(own)) {
          return true;
        }
        p = end;
      }
    }
    return false;
  }

  private static String opaque(String etag) {
    return etag.startsWith("W/") ? etag.substring(2) : etag;
  }

  /** Whether two tags are strong and the same (RFC 9110, 8.8.3.2). */
  private static boolean strong(String one, @Nullable String other) {
    return !one.startsWith("W/") && one.equals(other);
  }

  /** The part that is asked for; null: the whole is given, be it that the request is no such. */
  @Nullable ByteRange part(StoredResponse stored) {
    if (range == null || stored.status() != 200 || !current(stored)) {
      return null;
    }
    return ByteRange.of(range, stored.body().length);
  }

  private boolean current(StoredResponse stored) {
    String wanted = ifRange;
    if (wanted == null) {
      return true;
    }
    return (wanted.startsWith("\"") || wanted.startsWith("W/"))
        ? strong(wanted, stored.etag())
        : Objects.equals(wanted, stored.lastModified());
  }

  /** Whether a 304 speaks of this stored answer (RFC 9111, 4.3.4). */
  static boolean selects(FieldSection notModified, StoredResponse stored) {
    String etag = Fields.first(notModified, "etag");
    String own = stored.etag();
    return etag == null || own == null || opaque(etag).equals(opaque(own));
  }
}
