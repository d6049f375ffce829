package io.meridian.proxy.http;

/**
 * Checks {@code host[:port]} (RFC 3986, 3.2) and lowers its case in place. Of a name only letters,
 * digits and {@code - . _ ~} are taken: a host that needs more is not one that anybody routes to.
 */
final class Authority {
  private static final int MAX_NAME = 255;

  private Authority() {}

  /** End of the host in [start, end), brackets included; -1 if the authority is not valid. */
  static int hostEnd(byte[] b, int start, int end) {
    if (start == end) {
      return -1;
    }
    int to = b[start] == '[' ? literal(b, start, end) : name(b, start, end);
    return to >= 0 && (to == end || port(b, to, end)) ? to : -1;
  }

  private static int name(byte[] b, int start, int end) {
    int p = start;
    int label = start;
    while (p < end && Chars.host(b[p])) {
      b[p] = Chars.lower(b[p]);
      if (b[p] == '.') {
        if (p == label) {
          return -1;
        }
        label = p + 1;
      }
      p++;
    }
    return p == start || p - start > MAX_NAME ? -1 : p;
  }

  private static boolean port(byte[] b, int colon, int end) {
    if (b[colon] != ':' || end - colon > 6) {
      return false;
    }
    int value = 0;
    for (int i = colon + 1; i < end; i++) {
      if (!Head.digit(b[i])) {
        return false;
      }
      value = value * 10 + b[i] - '0';
    }
    return value <= 65_535;
  }

  /** {@code [IPv6]}: up to eight groups, at most one of them elided, the last two maybe IPv4. */
  private static int literal(byte[] b, int start, int end) {
    int groups = 0;
    boolean elided = false;
    int p = start + 1;
    if (p + 1 < end && b[p] == ':' && b[p + 1] == ':') {
      elided = true;
      p += 2;
    }
    while (p < end && b[p] != ']') {
      int from = p;
      while (p < end && Chars.hex(b[p]) >= 0) {
        b[p] = Chars.lower(b[p]);
        p++;
      }
      if (p < end && b[p] == '.') {
        p = ipv4(b, from, end);
        groups += 2;
        break;
      }
      groups++;
      if (p == end || p == from || p - from > 4) {
        return -1;
      }
      if (b[p] == ':') {
        p++;
        if (p < end && b[p] == ':') {
          if (elided) {
            return -1;
          }
          elided = true;
          p++;
        } else if (p < end && b[p] == ']') {
          return -1;
        }
      }
    }
    boolean counted = elided ? groups < 8 : groups == 8;
    return p >= 0 && p < end && b[p] == ']' && counted ? p + 1 : -1;
  }

  /** End of a dotted quad, or -1. */
  private static int ipv4(byte[] b, int start, int end) {
    int p = start;
    for (int part = 0; part < 4; part++) {
      if (part > 0 && (p == end || b[p++] != '.')) {
        return -1;
      }
      int from = p;
      int value = 0;
      while (p < end && p - from < 3 && Head.digit(b[p])) {
        value = value * 10 + b[p++] - '0';
      }
      if (p == from || value > 255 || (b[from] == '0' && p - from > 1)) {
        return -1;
      }
    }
    return p;
  }
}
