package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;

/** Paths once more, in the plainest way, to judge what {@link Target} makes of them. */
final class Oracle {
  private static final Pattern ENCODED = Pattern.compile("%([0-9a-fA-F]{2})");

  private Oracle() {}

  /** The target of a request line as it should be forwarded, if it may be. */
  static String target(String uri, boolean options) {
    String rest = uri;
    if (rest.matches("(?i)https?://.*")) {
      rest = rest.substring(rest.indexOf("//") + 2).replaceFirst("^[^/?]*", "");
      if (rest.isEmpty()) {
        return options ? "*" : "/";
      }
      if (rest.startsWith("?")) {
        rest = "/" + rest;
      }
    }
    int query = rest.indexOf('?');
    String path = query < 0 ? rest : rest.substring(0, query);
    return path.startsWith("/") ? path(path) + rest.substring(path.length()) : rest;
  }

  /** Dot segments, plain or encoded, and empty ones resolved. */
  static String path(String path) {
    Deque<String> out = new ArrayDeque<>();
    String[] segments = path.substring(1).split("/", -1);
    boolean directory = false;
    for (String segment : segments) {
      String plain = segment.replaceAll("%2[eE]", ".");
      directory = true;
      if (plain.equals("..")) {
        out.pollLast();
      } else if (!plain.isEmpty() && !plain.equals(".")) {
        out.addLast(segment);
        directory = false;
      }
    }
    return "/" + String.join("/", out) + (directory && !out.isEmpty() ? "/" : "");
  }

  /** However often a backend decodes the path, no structure comes up that was not there before. */
  static void harmless(String path) {
    assertEquals(path.equals("*") ? path : path(path), path);
    String once = decoded(path);
    String twice = decoded(once);
    for (String seen : new String[] {path, once, twice}) {
      assertEquals(slashes(path), slashes(seen), path);
      assertFalse(seen.chars().anyMatch(c -> c < ' ' || c == '\\' || c == 0x7f), path);
      for (String segment : seen.split("/", -1)) {
        assertFalse(segment.equals(".") || segment.equals(".."), path);
      }
    }
    for (String segment : once.split("/", -1)) {
      String bare = segment.replaceFirst(";.*", "");
      assertFalse(segment.contains(";") && (bare.equals(".") || bare.equals("..")), path);
    }
  }

  static String decoded(String text) {
    return ENCODED
        .matcher(text)
        .replaceAll(m ->
            java.util.regex.Matcher.quoteReplacement(
                String.valueOf((char) Integer.parseInt(m.group(1), 16))));
  }

  private static long slashes(String text) {
    return text.chars().filter(c -> c == '/').count();
  }
}
