package io.meridian.proxy.http;

/** The head of a message: start line, fields and what they say about framing (RFC 9112). */
public abstract sealed class Head extends FieldSection permits RequestHead, ResponseHead {
  private static final int MAX_OPTIONS = 32;
  private static final int MAX_DIGITS = 19;

  /** Fields that a Connection option may remove; any other known one is the proxy's own affair. */
  private static final long REMOVABLE =
      FieldId.bit(FieldId.OTHER)
          | FieldId.bit(FieldId.USER_AGENT)
          | FieldId.bit(FieldId.REFERER)
          | FieldId.bit(FieldId.SERVER)
          | FieldId.bit(FieldId.RETRY_AFTER);

  long contentLength = -1;
  boolean chunked;
  int minorVersion;
  boolean upgradeOption; // Connection: upgrade
  private boolean closeOption;
  private boolean keepAliveOption;

  Head(HeadLimits limits) {
    super(limits, START);
  }

  /** The value of Content-Length, -1 if there is none. */
  public final long contentLength() {
    return contentLength;
  }

  /** True if the body is in chunks. */
  public final boolean chunked() {
    return chunked;
  }

  /** Whether the sender lets the connection persist behind this message (RFC 9112, 9.3). */
  public boolean keepAlive() {
    return !closeOption && (minorVersion == 1 || keepAliveOption);
  }

  /** 0 or 1: of HTTP/1.x. */
  public final int minorVersion() {
    return minorVersion;
  }

  /** How the end of the body behind this head is found. */
  public abstract BodyKind body();

  /** Reads {@code HTTP/1.x} from the eight bytes at start. */
  final Fault version(int start) {
    byte[] b = bytes;
    if (b[start] != 'H' || b[start + 1] != 'T' || b[start + 2] != 'T' || b[start + 3] != 'P') {
      return Fault.VERSION;
    }
    byte major = b[start + 5];
    byte minor = b[start + 7];
    if (b[start + 4] != '/' || b[start + 6] != '.' || !digit(major) || !digit(minor)) {
      return Fault.VERSION;
    }
    minorVersion = minor - '0';
    return major == '1' && minor <= '1' ? Fault.NONE : Fault.VERSION_UNSUPPORTED;
  }

  static boolean digit(byte c) {
    return c >= '0' && c <= '9';
  }

  /** Content-Length and Transfer-Encoding (RFC 9112, 6): one of them, once, and plain. */
  final Fault framing() {
    int length = indexOf(FieldId.CONTENT_LENGTH);
    int coding = indexOf(FieldId.TRANSFER_ENCODING);
    if (coding >= 0) {
      if (length >= 0) {
        return Fault.LENGTH_AND_CODING;
      }
      chunked = true;
      return transferEncoding(coding);
    }
    if (length >= 0) {
      contentLength = repeated(FieldId.CONTENT_LENGTH) ? -1 : Math.max(-1, number(length));
      return contentLength < 0 ? Fault.CONTENT_LENGTH : Fault.NONE;
    }
    return Fault.NONE;
  }

  private long number(int field) {
    int start = valueStart(field);
    int length = valueLength(field);
    if (length == 0 || length > MAX_DIGITS) {
      return -1;
    }
    long value = 0;
    for (int i = start; i < start + length; i++) {
      if (!digit(bytes[i])) {
        return -1;
      }
      value = value * 10 + bytes[i] - '0';
    }
    return value; // what is over 2^63 with 19 digits is negative here
  }

  private Fault transferEncoding(int field) {
    int start = valueStart(field);
    int length = valueLength(field);
    if (minorVersion == 0 || repeated(FieldId.TRANSFER_ENCODING)) {
      return Fault.TRANSFER_ENCODING;
    }
    if (Chars.is(bytes, start, length, "chunked")) {
      return Fault.NONE;
    }
    return otherCoding(start, start + length) ? Fault.CODING_UNKNOWN : Fault.TRANSFER_ENCODING;
  }

  /**
   * True if the value lists codings, chunked last and only there: well said, but not understood.
   */
  private boolean otherCoding(int start, int end) {
    int from = start;
    while (true) {
      int to = Chars.tokenEnd(bytes, from, end);
      boolean last = Chars.is(bytes, from, to - from, "chunked");
      if (to == from || last || to == end) {
        return last && to == end;
      }
      if (Chars.is(bytes, from, to - from, "identity")) {
        return false;
      }
      from = skipBlanks(to, end);
      if (from == end || bytes[from] != ',') {
        return false;
      }
      from = skipBlanks(from + 1, end);
    }
  }

  final int skipBlanks(int from, int to) {
    int p = from;
    while (p < to && Chars.blank(bytes[p])) {
      p++;
    }
    return p;
  }

  /** Reads the Connection options, and drops the fields that they name (RFC 9110, 7.6.1). */
  final Fault connection() {
    int options = 0;
    for (int i = indexOf(FieldId.CONNECTION); i >= 0 && i < fieldCount(); i++) {
      if (fieldId(i) == FieldId.CONNECTION) {
        options = options(valueStart(i), valueStart(i) + valueLength(i), options);
        if (options < 0) {
          return Fault.CONNECTION;
        }
      }
      if (!repeated(FieldId.CONNECTION)) {
        break;
      }
    }
    return Fault.NONE;
  }

  private int options(int start, int end, int before) {
    int options = before;
    int p = start;
    while (p < end) {
      int to = Chars.tokenEnd(bytes, p, end);
      if (to > p) {
        if (++options > MAX_OPTIONS) {
          return -1;
        }
        option(p, to - p);
      }
      p = skipBlanks(to, end);
      if (p < end && bytes[p] != ',') {
        return -1;
      }
      p = skipBlanks(p + 1, end);
    }
    return options;
  }

  private void option(int start, int length) {
    if (Chars.is(bytes, start, length, "close")) {
      closeOption = true;
    } else if (Chars.is(bytes, start, length, "keep-alive")) {
      keepAliveOption = true;
    } else if (Chars.is(bytes, start, length, "upgrade")) {
      upgradeOption = true;
    } else {
      for (int i = 0; i < fieldCount(); i++) {
        if (nameLength(i) == length
            && (REMOVABLE >>> fieldId(i) & 1) != 0
            && Chars.sameIgnoringCase(bytes, nameStart(i), start, length)) {
          drop(i);
        }
      }
    }
  }

  @Override
  public void clear() {
    super.clear();
    contentLength = -1;
    chunked = false;
    minorVersion = 0;
    upgradeOption = false;
    closeOption = false;
    keepAliveOption = false;
  }
}
