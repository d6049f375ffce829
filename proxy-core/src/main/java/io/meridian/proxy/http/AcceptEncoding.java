package io.meridian.proxy.http;

/** What a client says of content codings (RFC 9110, 12.5.3 and 12.4.2). */
public final class AcceptEncoding {
  private static final String NAME = "accept-encoding";
  private static final int ABSENT = -1;

  private AcceptEncoding() {}

  /**
   * How much a coding is wanted, in thousandths: 0 if it is not, or if the client says nothing of
   * codings at all.
   *
   * @param coding in lower case
   */
  public static int quality(RequestHead head, String coding) {
    int quality = named(head, coding);
    if (quality == ABSENT && coding.equals("gzip")) {
      quality = named(head, "x-gzip"); // RFC 9110, 8.4.1.3
    }
    if (quality == ABSENT) {
      quality = named(head, "*");
    }
    return Math.max(0, quality);
  }

  /** How much the content as it is is wanted, in thousandths, if the client says so; else 0. */
  public static int identity(RequestHead head) {
    return Math.max(0, named(head, "identity"));
  }

  /** What is said of this name; the first time counts. */
  private static int named(RequestHead head, String name) {
    for (int i = head.find(NAME, 0); i >= 0; i = head.find(NAME, i + 1)) {
      byte[] b = head.bytes();
      int p = head.valueStart(i);
      int to = p + head.valueLength(i);
      while (p < to) {
        p = head.skipBlanks(p, to);
        int from = p;
        p = Chars.tokenEnd(b, p, to);
        boolean found = Chars.is(b, from, p - from, name);
        int end = p;
        while (end < to && b[end] != ',') {
          end++;
        }
        if (found) {
          return weight(head, p, end);
        }
        p = end + 1;
      }
    }
    return ABSENT;
  }

  /** {@code ;q=0.5} in [from, to), 1000 if there is nothing, 0 if it is anything else. */
  private static int weight(RequestHead head, int from, int to) {
    byte[] b = head.bytes();
    int p = head.skipBlanks(from, to);
    if (p == to) {
      return 1000;
    }
    if (b[p] != ';') {
      return 0;
    }
    p = head.skipBlanks(p + 1, to);
    if (to - p < 3 || Chars.lower(b[p]) != 'q' || b[p + 1] != '=') {
      return 0;
    }
    p += 2;
    int stop = to;
    while (stop > p && Chars.blank(b[stop - 1])) {
      stop--;
    }
    boolean one = b[p] == '1';
    if (stop - p > 5 || stop == p || (!one && b[p] != '0') || (stop - p > 1 && b[p + 1] != '.')) {
      return 0;
    }
    int weight = one ? 1000 : 0;
    int unit = 100;
    for (int i = p + 2; i < stop; i++, unit /= 10) {
      if (!Head.digit(b[i])) {
        return 0;
      }
      weight += (b[i] - '0') * unit;
    }
    return weight > 1000 ? 0 : weight;
  }
}
