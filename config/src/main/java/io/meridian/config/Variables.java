package io.meridian.config;

import io.meridian.config.Node.Kind;
import io.meridian.config.Node.Scalar;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts the environment into values: {@code ${NAME}}, {@code ${NAME:-default}}, {@code $$}. */
final class Variables {
  private static final Pattern REFERENCE =
      Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", Pattern.DOTALL);

  private final Map<String, String> environment;

  Variables(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * @throws IllegalArgumentException if a variable is not set, or not written as one
   */
  Scalar expand(Scalar scalar) {
    String text = scalar.text();
    if (scalar.kind() != Kind.TEXT || text.indexOf('$') < 0) {
      return scalar;
    }
    StringBuilder out = new StringBuilder();
    boolean expanded = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
      if (c == '$' && next == '$') {
        out.append('$');
        i++;
      } else if (c == '$' && next == '{') {
        int end = text.indexOf('}', i);
        if (end < 0) {
          throw new IllegalArgumentException(
              Words.quoted(text)
                  + " has no \"}\" after \"${\" (expected: ${NAME} or"
                  + " ${NAME:-default}; $$ stands for a dollar sign)");
        }
        out.append(value(text.substring(i + 2, end)));
        expanded = true;
        i = end;
      } else {
        out.append(c);
      }
    }
    return new Scalar(scalar.at(), out.toString(), Kind.TEXT, expanded);
  }

  private String value(String reference) {
    Matcher matcher = REFERENCE.matcher(reference);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          Words.quoted("${" + reference + "}") + " (expected: ${NAME} or ${NAME:-default})");
    }
    String name = matcher.group(1);
    String fallback = matcher.group(2);
    String value = environment.get(name);
    if (value != null && !(value.isEmpty() && fallback != null)) {
      return value;
    }
    if (fallback != null) {
      return fallback;
    }
    throw new IllegalArgumentException(
        "${"
            + name
            + "} is not set in the environment and has no default (expected: ${"
            + name
            + ":-default})");
  }
}
