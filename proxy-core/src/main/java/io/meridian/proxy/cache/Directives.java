package io.meridian.proxy.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code Cache-Control} says (RFC 9111, 5.2). Of a directive that is there twice the first
 * counts; a time that can't be read counts as 0, so that what is malformed is stale rather than
 * fresh (RFC 9111, 4.2.1). Immutable.
 */
public final class Directives {
  /** Of a time: the directive is not there. */
  public static final long ABSENT = -1;

  /** Of {@code max-stale}: however stale. */
  public static final long ANY = Integer.MAX_VALUE;

  static final Directives NONE = new Directives("");

  private static final long MOST = Integer.MAX_VALUE;
  private static final int MAX_NAMES = 32;

  private final List<String> names = new ArrayList<>();
  private final List<@Nullable String> values = new ArrayList<>();

  private Directives(String text) {
    int p = 0;
    while (p < text.length() && names.size() < MAX_NAMES) {
      int from = p;
      while (p < text.length() && text.charAt(p) != '=' && text.charAt(p) != ',') {
        p++;
      }
      String name = text.substring(from, p).strip().toLowerCase(Locale.ROOT);
      boolean spaced = p > from && blank(text.charAt(p - 1)); // "max-age =1" is no such directive
      StringBuilder value = null;
      if (p < text.length() && text.charAt(p) == '=') {
        value = new StringBuilder();
        p = value(text, p + 1, value);
      }
      if (!name.isEmpty() && !(spaced && value != null)) {
        names.add(name);
        values.add(value == null ? null : value.toString());
      }
      p++;
    }
  }

  /** Reads the list's text; null: there is no such field. */
  public static Directives of(@Nullable String text) {
    return text == null || text.isEmpty() ? NONE : new Directives(text);
  }

  private static boolean blank(char c) {
    return c == ' ' || c == '\t';
  }

  /** Reads a token or quoted string from p on; the index of the comma behind it, or the end. */
  private static int value(String text, int p, StringBuilder into) {
    int at = p;
    if (at < text.length() && text.charAt(at) == '"') {
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        into.append(text.charAt(at++));
      }
      at++;
      while (at < text.length() && text.charAt(at) != ',') {
        at++;
      }
      return at;
    }
    int end = text.indexOf(',', at);
    end = end < 0 ? text.length() : end;
    into.append(text.substring(at, end).stripTrailing());
    return end;
  }

  /** Whether it is there, with or without a value. */
  public boolean has(String name) {
    return names.contains(name);
  }

  /** Whether it is there for the whole answer, and not for some fields only. */
  public boolean whole(String name) {
    for (int i = 0; i < names.size(); i++) {
      String value = values.get(i);
      if (names.get(i).equals(name) && (value == null || value.isBlank())) {
        return true;
      }
    }
    return false;
  }

  /**
   * The names of fields, in lower case, that a qualified {@code no-cache} or {@code private} has.
   */
  List<String> fields(String name) {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String value = values.get(i);
      if (names.get(i).equals(name) && value != null) {
        for (String field : value.split(",", -1)) {
          found.add(field.strip().toLowerCase(Locale.ROOT));
        }
      }
    }
    return found;
  }

  /** A time in seconds; {@link #ABSENT} if the directive is not there. */
  public long seconds(String name) {
    int i = names.indexOf(name);
    return i < 0 ? ABSENT : seconds(values.get(i), 0);
  }

  /** How stale an answer the client takes, in seconds; {@link #ABSENT} if not at all. */
  long maxStale() {
    int i = names.indexOf("max-stale");
    return i < 0 ? ABSENT : values.get(i) == null ? ANY : seconds(values.get(i), 0);
  }

  /** Delta-seconds (RFC 9111, 1.2.2). */
  static long seconds(@Nullable String text, long otherwise) {
    if (text == null || text.isEmpty()) {
      return otherwise;
    }
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return otherwise;
      }
      value = Math.min(MOST, value * 10 + c - '0');
    }
    return value;
  }

  boolean isEmpty() {
    return names.isEmpty();
  }
}
