package io.meridian.proxy.http;

/**
 * A request's head, checked as a whole: target (RFC 9112, 3.2), authority, framing and expectation.
 * The path is normalised and the host in lower case, both in place.
 */
public final class RequestHead extends Head {
  private static final int MAX_EMPTY_LINES = 2;
  private static final int VERSION_LENGTH = 8;

  private final PathRules paths;
  private int emptyLines;
  private int method;
  private int methodStart;
  private int methodLength;
  private int targetStart;
  private int targetEnd;
  private int pathEnd;
  private int authorityStart;
  private int authorityEnd;
  private int hostEnd;
  private int schemePort; // of an absolute-form target, else 0
  private boolean expectContinue;
  private boolean upgrade;

  /** With paths read by {@link PathRules#STRICT}. */
  public RequestHead(HeadLimits limits) {
    this(limits, PathRules.STRICT);
  }

  public RequestHead(HeadLimits limits, PathRules paths) {
    super(limits);
    this.paths = paths;
  }

  /** An id of {@link Method}. */
  public int method() {
    return method;
  }

  public int methodStart() {
    return methodStart;
  }

  public int methodLength() {
    return methodLength;
  }

  /** Path and query as to be forwarded, or {@code *}. */
  public int targetStart() {
    return targetStart;
  }

  public int targetLength() {
    return targetEnd - targetStart;
  }

  public int pathStart() {
    return targetStart;
  }

  /** Without the query. */
  public int pathLength() {
    return pathEnd - targetStart;
  }

  /**
   * The host asked for, in lower case, without port and trailing dot; empty if HTTP/1.0 names none.
   */
  public int hostStart() {
    return authorityStart;
  }

  public int hostLength() {
    boolean rooted = hostEnd > authorityStart && bytes[hostEnd - 1] == '.';
    return hostEnd - authorityStart - (rooted ? 1 : 0);
  }

  /** Host and port asked for: from an absolute-form target, else from Host. */
  public int authorityStart() {
    return authorityStart;
  }

  public int authorityLength() {
    return authorityEnd - authorityStart;
  }

  /** True if the client waits for 100 (Continue) before it sends the body. */
  public boolean expectContinue() {
    return expectContinue;
  }

  /**
   * A WebSocket upgrade: GET, HTTP/1.1, no body, both fields. Any other Upgrade is not acted upon.
   */
  public boolean upgrade() {
    return upgrade;
  }

  public boolean hasBody() {
    return chunked || contentLength > 0;
  }

  /** Leaves a field out of what is passed on. */
  public void omit(int field) {
    drop(field);
  }

  @Override
  public BodyKind body() {
    if (chunked) {
      return BodyKind.CHUNKED;
    }
    return contentLength > 0 ? BodyKind.LENGTH : BodyKind.NONE;
  }

  public boolean safe() {
    return Method.safe(method);
  }

  public boolean idempotent() {
    return Method.idempotent(method);
  }

  @Override
  Fault startLine(int to) {
    if (to == line && emptyLines < MAX_EMPTY_LINES) { // RFC 9112, 2.2
      emptyLines++;
      state = START;
      return Fault.NONE;
    }
    byte[] b = bytes;
    int afterMethod = Chars.tokenEnd(b, line, to);
    int from = afterMethod + 1;
    int stop = to - VERSION_LENGTH - 1;
    if (afterMethod == line || from >= stop || b[afterMethod] != ' ' || b[stop] != ' ') {
      return Fault.REQUEST_LINE;
    }
    Fault version = version(stop + 1);
    if (version != Fault.NONE) {
      return version;
    }
    methodStart = line;
    methodLength = afterMethod - line;
    method = Method.of(b, line, methodLength);
    if (method == Method.CONNECT) {
      return Fault.METHOD_CONNECT;
    }
    if (b[from] == '/') {
      return path(from, stop);
    }
    if (b[from] == '*') {
      targetStart = from;
      targetEnd = pathEnd = stop;
      return method == Method.OPTIONS && stop - from == 1 ? Fault.NONE : Fault.TARGET;
    }
    return absolute(from, stop);
  }

  private Fault path(int from, int stop) {
    byte[] b = bytes;
    int end = Target.pathEnd(b, from, stop, paths);
    if (end < 0) {
      return Fault.PATH;
    }
    for (int i = end; i < stop; i++) {
      if (b[i] <= ' ' || b[i] == 0x7f || b[i] == '#') {
        return Fault.TARGET;
      }
    }
    int normal = Target.normal(b, from, end) ? end : Target.normalise(b, from, end, paths);
    if (normal < 0) {
      return Fault.PATH;
    }
    if (normal != end) {
      System.arraycopy(b, end, b, normal, stop - end);
    }
    targetStart = from;
    pathEnd = normal;
    targetEnd = stop - (end - normal);
    return Fault.NONE;
  }

  /**
   * {@code http://authority/path}: what a proxy is sent; here it counts as the Host that it names.
   */
  private Fault absolute(int from, int stop) {
    byte[] b = bytes;
    int start;
    if (stop - from >= 7 && Chars.is(b, from, 7, "http://")) {
      start = from + 7;
      schemePort = 80;
    } else if (stop - from >= 8 && Chars.is(b, from, 8, "https://")) {
      start = from + 8;
      schemePort = 443;
    } else {
      return Fault.TARGET;
    }
    int end = start;
    while (end < stop && b[end] != '/' && b[end] != '?') {
      end++;
    }
    int pathStart = end;
    if (end == stop || b[end] == '?') { // no path: the scheme's last slash makes room for one
      System.arraycopy(b, start, b, start - 1, end - start);
      start--;
      end--;
      pathStart = end;
      b[end] = (byte) (end + 1 == stop && method == Method.OPTIONS ? '*' : '/');
    }
    int hostEnd = Authority.hostEnd(b, start, end);
    if (hostEnd < 0) {
      return Fault.AUTHORITY;
    }
    authority(start, hostEnd, end);
    if (b[pathStart] == '*') {
      targetStart = pathStart;
      targetEnd = pathEnd = stop;
      return Fault.NONE;
    }
    return path(pathStart, stop);
  }

  private void authority(int start, int hostEnd, int end) {
    authorityStart = start;
    this.hostEnd = hostEnd;
    authorityEnd = end - hostEnd == 1 ? hostEnd : end; // "host:" means "host"
  }

  @Override
  Fault complete() {
    Fault found = host();
    if (found == Fault.NONE) {
      found = framing();
    }
    if (found == Fault.NONE) {
      found = connection();
    }
    return found != Fault.NONE ? found : intent();
  }

  /** One valid Host (RFC 9112, 3.2), and the one that an absolute-form target names. */
  private Fault host() {
    int field = indexOf(FieldId.HOST);
    if (field < 0) {
      return minorVersion == 0 ? Fault.NONE : Fault.HOST_MISSING;
    }
    if (repeated(FieldId.HOST)) {
      return Fault.HOST_DUPLICATE;
    }
    int start = valueStart(field);
    int end = start + valueLength(field);
    int nameEnd = Authority.hostEnd(bytes, start, end);
    if (nameEnd < 0) {
      return Fault.HOST_INVALID;
    }
    if (end - nameEnd == 1) {
      shorten(field, 1);
    }
    if (schemePort == 0) {
      authority(start, nameEnd, end);
      return Fault.NONE;
    }
    boolean same =
        nameEnd - start == hostEnd - authorityStart
            && Chars.sameIgnoringCase(bytes, start, authorityStart, nameEnd - start)
            && port(nameEnd, end) == port(hostEnd, authorityEnd);
    return same ? Fault.NONE : Fault.HOST_MISMATCH;
  }

  private int port(int colon, int end) {
    int port = 0;
    for (int i = colon + 1; i < end; i++) {
      port = port * 10 + bytes[i] - '0';
    }
    return end - colon > 1 ? port : schemePort;
  }

  /** Expect and Upgrade (RFC 9110, 10.1.1 and 7.8), and content where there must be none. */
  private Fault intent() {
    if (method == Method.TRACE && hasBody()) {
      return Fault.TRACE_WITH_BODY;
    }
    if (has(FieldId.EXPECT)) {
      for (int i = indexOf(FieldId.EXPECT); i < fieldCount(); i++) {
        if (fieldId(i) == FieldId.EXPECT
            && !Chars.is(bytes, valueStart(i), valueLength(i), "100-continue")) {
          return Fault.EXPECTATION;
        }
      }
      expectContinue = minorVersion == 1 && hasBody();
    }
    if (upgradeOption && minorVersion == 1 && webSocket()) {
      if (hasBody()) {
        return Fault.UPGRADE_WITH_BODY;
      }
      upgrade = method == Method.GET;
    }
    return Fault.NONE;
  }

  private boolean webSocket() {
    int i = indexOf(FieldId.UPGRADE);
    return i >= 0
        && !repeated(FieldId.UPGRADE)
        && Chars.is(bytes, valueStart(i), valueLength(i), "websocket");
  }

  @Override
  Fault startLineTooLong() {
    return Fault.URI_TOO_LONG;
  }

  @Override
  boolean aliases() {
    return false;
  }

  @Override
  public void clear() {
    super.clear();
    emptyLines = 0;
    method = Method.OTHER;
    methodStart = 0;
    methodLength = 0;
    targetStart = 0;
    targetEnd = 0;
    pathEnd = 0;
    authorityStart = 0;
    authorityEnd = 0;
    hostEnd = 0;
    schemePort = 0;
    expectContinue = false;
    upgrade = false;
  }
}
