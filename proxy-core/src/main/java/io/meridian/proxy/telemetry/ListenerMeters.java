package io.meridian.proxy.telemetry;

/** Counts the client connections of one listener, and what it turned away. On the loop it names. */
public final class ListenerMeters {
  static final int ACCEPTED = 0;
  static final int CLOSED = 1;
  static final int REFUSED = 2;
  static final int HTTP2 = 3;
  static final int STREAMS_OPENED = 4;
  static final int STREAMS_CLOSED = 5;
  static final int RESETS = 6; // one for each Http2Reset
  static final int FLOODS = RESETS + Http2Reset.count(); // one for each Http2Flood
  static final int REJECTED = FLOODS + Http2Flood.count(); // one for each Rejection
  private static final int PROXY_HEADERS = REJECTED + Rejection.count(); // for ProxyHeaderFault
  private static final int SLOTS = PROXY_HEADERS + 3;

  /** Why a connection was closed that should have started with a PROXY header. */
  public enum ProxyHeaderFault {
    /** It came from where none is believed. */
    UNTRUSTED(0),
    /** There was none, or one that breaks the rules. */
    MALFORMED(1),
    /** It took too long, or the connection ended before it. */
    INCOMPLETE(2);

    final int slot;
    final String label = Labels.of(this);

    ProxyHeaderFault(int offset) {
      slot = PROXY_HEADERS + offset;
    }
  }

  final String listener;
  final Cells cells;

  ListenerMeters(String listener, int loops) {
    this.listener = listener;
    cells = new Cells(loops, SLOTS);
  }

  public void accepted(int loop) {
    cells.add(loop, ACCEPTED, 1);
  }

  /** A connection that had been accepted is closed. */
  public void closed(int loop) {
    cells.add(loop, CLOSED, 1);
  }

  /** A connection was closed at once, as there were too many. */
  public void refused(int loop) {
    cells.add(loop, REFUSED, 1);
  }

  /** A connection was closed for want of a good PROXY header. */
  public void proxyHeaderRefused(int loop, ProxyHeaderFault why) {
    cells.add(loop, why.slot, 1);
  }

  /** A request or a connection was turned away, or cut. */
  public void rejected(int loop, Rejection why) {
    cells.add(loop, REJECTED + why.slot(), 1);
  }

  /** A connection speaks HTTP/2. */
  public void http2Opened(int loop) {
    cells.add(loop, HTTP2, 1);
  }

  public void http2StreamOpened(int loop) {
    cells.add(loop, STREAMS_OPENED, 1);
  }

  public void http2StreamClosed(int loop) {
    cells.add(loop, STREAMS_CLOSED, 1);
  }

  /** A stream ended early. */
  public void http2Reset(int loop, Http2Reset why) {
    cells.add(loop, RESETS + why.slot(), 1);
  }

  /** A connection was cut off. */
  public void http2Flood(int loop, Http2Flood why) {
    cells.add(loop, FLOODS + why.slot(), 1);
  }

  /** Streams open now; any thread. */
  public long http2Streams() {
    return cells.sum(STREAMS_OPENED) - cells.sum(STREAMS_CLOSED);
  }

  /** Open now; any thread. */
  public long open() {
    return cells.sum(ACCEPTED) - cells.sum(CLOSED);
  }
}
