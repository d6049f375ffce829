package io.meridian.proxy.http;

/**
 * Checks a path and brings it to one form in place, so that what is matched is what is forwarded:
 * dot segments, plain or percent-encoded, are resolved (RFC 3986, 5.2.4) and empty segments left
 * out. What backends are known to read in different ways is refused: encoded slashes and
 * backslashes, if {@link PathRules} says so, and controls, also encoded twice; parameters on dot
 * segments; a way out of the root.
 */
final class Target {
  private static final int REFUSED = -1;

  private Target() {}

  /**
   * End of the path that begins with a slash at start, within [start, end); -1 if it is refused.
   */
  static int pathEnd(byte[] b, int start, int end, PathRules rules) {
    int p = start;
    int kept = 0;
    while (p < end && b[p] != '?') {
      if (Chars.path(b[p]) || b[p] == '/') {
        p++;
      } else if (b[p] == '%' && harmless(b, p, end)) {
        p += 3;
      } else if (b[p] == '%' && separator(b, p, end) && rules.keeps(encoded(b, p, end))) {
        kept++;
        p += 3;
      } else {
        return REFUSED;
      }
    }
    return kept > 0 && dotsBesideSeparator(b, start, p) ? REFUSED : p;
  }

  private static boolean separator(byte[] b, int p, int end) {
    int c = encoded(b, p, end);
    return c == '/' || c == '\\';
  }

  /** Whether one who decodes the separators would find a dot segment that was not there before. */
  private static boolean dotsBesideSeparator(byte[] b, int start, int end) {
    int from = start;
    boolean afterCoded = false;
    for (int p = start; p <= end; p++) {
      boolean coded = p < end && b[p] == '%' && separator(b, p, end);
      if (p == end || b[p] == '/' || coded) {
        if ((coded || afterCoded) && dots(b, from, p) != 0) {
          return true;
        }
        afterCoded = coded;
        p += coded ? 2 : 0;
        from = p + 1;
      }
    }
    return false;
  }

  /** True if the percent sign at p begins an encoded byte that no backend takes for structure. */
  private static boolean harmless(byte[] b, int p, int end) {
    int from = p;
    while (true) {
      int c = encoded(b, from, end);
      if (c < ' ' || c == '/' || c == '\\' || c == 0x7f) {
        return false;
      }
      if (c != '%') {
        return from == p || c != '.';
      }
      int high = from + 3;
      boolean plain = high < end && Chars.hex(b[high]) >= 0;
      if (encodedHex(b, high, end) || (plain && encodedHex(b, high + 1, end))) {
        return false; // "%25%32%65": only a disguise for "%252e"
      }
      if (!plain || high + 1 == end || Chars.hex(b[high + 1]) < 0) {
        return true;
      }
      from += 2; // "%25xx": look at it as the "%xx" that a second decoding sees
    }
  }

  private static boolean encodedHex(byte[] b, int p, int end) {
    int c = p < end && b[p] == '%' ? encoded(b, p, end) : -1;
    return c >= 0 && Chars.hex((byte) c) >= 0;
  }

  /** The byte that "%xx" at p, or "5xx" of "%25xx", stands for; -1 if that is malformed. */
  private static int encoded(byte[] b, int p, int end) {
    if (p + 3 > end) {
      return -1;
    }
    int high = Chars.hex(b[p + 1]);
    int low = Chars.hex(b[p + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  /** False if a segment is empty or begins with a dot or a percent sign. */
  static boolean normal(byte[] b, int start, int end) {
    for (int p = start + 1; p < end; p++) {
      if (b[p - 1] == '/' && (b[p] == '/' || b[p] == '.' || b[p] == '%')) {
        return false;
      }
    }
    return true;
  }

  /** Rewrites the checked path in [start, end) from start on; its new end, -1 if it is refused. */
  static int normalise(byte[] b, int start, int end, PathRules rules) {
    int out = start;
    int from = start + 1;
    while (true) {
      int to = from;
      while (to < end && b[to] != '/') {
        to++;
      }
      // An empty segment leaves as little as a dot, or stays.
      int dots = to > from ? dots(b, from, to) : rules.mergeSlashes() ? 1 : 0;
      if (dots == REFUSED || (dots == 2 && out == start)) {
        return REFUSED;
      }
      if (dots == 0) {
        b[out++] = '/';
        System.arraycopy(b, from, b, out, to - from);
        out += to - from;
      } else if (dots == 2) {
        do {
          out--;
        } while (b[out] != '/');
      }
      if (to == end) {
        if (dots != 0) {
          b[out++] = '/';
        }
        return out;
      }
      from = to + 1;
    }
  }

  /** 1 or 2 for a dot segment, 0 for any other, -1 for a dot segment with parameters. */
  private static int dots(byte[] b, int from, int to) {
    int dots = 0;
    int p = from;
    while (p < to) {
      if (b[p] == '.') {
        p++;
      } else if (b[p] == '%' && encoded(b, p, to) == '.') {
        p += 3;
      } else if (dots == 1 || dots == 2) {
        return b[p] == ';' || (b[p] == '%' && encoded(b, p, to) == ';') ? REFUSED : 0;
      } else {
        return 0;
      }
      dots++;
    }
    return dots <= 2 ? dots : 0;
  }
}
