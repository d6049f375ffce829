package io.meridian.proxy.http;

/** A response's head. Any fault makes the whole response one that must not be passed on. */
public final class ResponseHead extends Head {
  private static final int STATUS_AT = 9; // behind "HTTP/1.x "

  private int requestMethod = Method.GET;
  private int status;
  private int reasonStart;
  private int reasonLength;
  private boolean recoded;
  private boolean endsWithConnection;

  public ResponseHead(HeadLimits limits) {
    super(limits);
  }

  /** 100 to 999. */
  public int status() {
    return status;
  }

  public int reasonStart() {
    return reasonStart;
  }

  public int reasonLength() {
    return reasonLength;
  }

  /** 1xx other than 101: another head follows. */
  public boolean informational() {
    return status < 200 && status != 101;
  }

  /** 101: what follows is another protocol. */
  public boolean upgraded() {
    return status == 101;
  }

  /**
   * The method of the request that is answered, an id of {@link Method}; {@link #clear} keeps it.
   */
  public void expectFor(int requestMethod) {
    this.requestMethod = requestMethod;
  }

  @Override
  public BodyKind body() {
    if (bodiless()) {
      return BodyKind.NONE;
    }
    if (chunked || recoded) {
      return BodyKind.CHUNKED;
    }
    return contentLength >= 0 ? BodyKind.LENGTH : BodyKind.UNTIL_CLOSE;
  }

  private boolean bodiless() {
    return requestMethod == Method.HEAD || status < 200 || status == 204 || status == 304;
  }

  /** Also false if a final response may be followed by bytes that do not belong to it. */
  @Override
  public boolean keepAlive() {
    boolean odd = status == 204 && (chunked || contentLength > 0);
    return super.keepAlive() && !odd && !endsWithConnection && body() != BodyKind.UNTIL_CLOSE;
  }

  /**
   * The content is coded anew on its way: from here on this head says nothing of its length. What
   * the connection that it came from may be used for stays the same.
   */
  public void recode() {
    endsWithConnection = body() == BodyKind.UNTIL_CLOSE;
    recoded = true;
    contentLength = -1;
  }

  /** Leaves a field out of what is passed on. */
  public void omit(int field) {
    drop(field);
  }

  /** Adds a field to what is passed on; Latin-1, and nothing that ends a line. */
  public void add(String name, String value) {
    append(name, value);
  }

  @Override
  Fault startLine(int to) {
    byte[] b = bytes;
    int at = line + STATUS_AT;
    if (to < at + 3 || b[at - 1] != ' ') {
      return Fault.STATUS_LINE;
    }
    Fault version = version(line);
    if (version != Fault.NONE) {
      return version;
    }
    if (b[at] < '1' || b[at] > '9' || !digit(b[at + 1]) || !digit(b[at + 2])) {
      return Fault.STATUS_LINE;
    }
    status = (b[at] - '0') * 100 + (b[at + 1] - '0') * 10 + b[at + 2] - '0';
    if (to > at + 3 && b[at + 3] != ' ') {
      return Fault.STATUS_LINE;
    }
    reasonStart = Math.min(at + 4, to);
    reasonLength = to - reasonStart;
    return Fault.NONE;
  }

  @Override
  Fault startLineTooLong() {
    return Fault.STATUS_LINE;
  }

  @Override
  boolean aliases() {
    return true;
  }

  @Override
  Fault complete() {
    Fault framing = framing();
    return framing != Fault.NONE ? framing : connection();
  }

  @Override
  public void clear() {
    super.clear();
    status = 0;
    reasonStart = 0;
    reasonLength = 0;
    recoded = false;
    endsWithConnection = false;
  }
}
