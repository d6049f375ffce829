package io.meridian.proxy.cache;

import io.meridian.geo.Location;
import io.meridian.proxy.http.FieldSection;
import io.meridian.proxy.http.RequestHead;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What of a request an answer depends on, by its {@code Vary} (RFC 9111, 4.1). Values are brought
 * to one form first, so that the same preferences written in another way find the same answer.
 * Immutable.
 *
 * @param names of request fields, in lower case and sorted
 * @param values the values of the request that was answered, in that order; empty: no such field
 */
record Variance(List<String> names, List<String> values) {
  private static final int MAX_NAMES = 16;

  /** Lists of preferences, whose order means nothing, and whose case does not either. */
  private static final Set<String> PREFERENCES =
      Set.of("accept", "accept-charset", "accept-encoding", "accept-language");

  /** In which the proxy tells endpoints where the client is: it alone writes them. */
  private static final Set<String> PLACES =
      Set.of("x-geo-country", "x-geo-continent", "x-geo-subdivision");

  /** Which differ from request to request, or tell of the client alone. */
  private static final Set<String> OWN = Set.of("via", "forwarded", "x-real-ip", "x-request-id");

  static final Variance NONE = new Variance(List.of(), List.of());

  /** What the answer says; null: no other request can be given it. */
  static @Nullable Variance of(FieldSection answer, RequestHead request, Location location) {
    String vary = Fields.all(answer, "vary");
    if (vary == null) {
      return NONE;
    }
    TreeSet<String> names = new TreeSet<>();
    for (String part : vary.split(",", -1)) {
      String name = part.strip().toLowerCase(Locale.ROOT);
      if (name.equals("*") || (own(name) && !PLACES.contains(name))) {
        return null;
      }
      if (!name.isEmpty() && !name.equals("host")) { // the key has the host
        names.add(name);
      }
    }
    if (names.size() > MAX_NAMES) {
      return null;
    }
    List<String> sorted = List.copyOf(names);
    return new Variance(
        sorted, sorted.stream().map(name -> value(name, request, location)).toList());
  }

  private static boolean own(String name) {
    return OWN.contains(name)
        || name.startsWith("x-forwarded-")
        || name.startsWith("x-geo-")
        || name.startsWith("x-meridian-");
  }

  /** Whether this request asks for the same. */
  boolean matches(RequestHead request, Location location) {
    for (int i = 0; i < names.size(); i++) {
      if (!values.get(i).equals(value(names.get(i), request, location))) {
        return false;
      }
    }
    return true;
  }

  private static String value(String name, RequestHead request, Location location) {
    return switch (name) {
      case "x-geo-country" -> location.country();
      case "x-geo-continent" -> location.continent();
      case "x-geo-subdivision" -> location.subdivision();
      default -> {
        String value = Fields.all(request, name);
        yield value == null ? "" : PREFERENCES.contains(name) ? preferences(value) : plain(value);
      }
    };
  }

  /** Without white space around commas; a mark before it tells it from no field at all. */
  private static String plain(String value) {
    StringBuilder list = new StringBuilder("=");
    for (String part : value.split(",", -1)) {
      list.append(list.length() > 1 ? "," : "").append(part.strip());
    }
    return list.toString();
  }

  private static String preferences(String value) {
    String[] parts = value.toLowerCase(Locale.ROOT).split(",", -1);
    for (int i = 0; i < parts.length; i++) {
      parts[i] = parts[i].replaceAll("[ \t]", "");
    }
    Arrays.sort(parts);
    return "=" + String.join(",", parts);
  }
}
