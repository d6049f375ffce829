package io.meridian.proxy.telemetry;

/** Counts the client connections of one listener. On the loop it names. */
public final class ListenerMeters {
  static final int ACCEPTED = 0;
  static final int CLOSED = 1;
  static final int REFUSED = 2;
  static final int PROXY_HEADERS = 3;

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
    cells = new Cells(loops, PROXY_HEADERS + ProxyHeaderFault.values().length);
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

  /** Open now; any thread. */
  public long open() {
    return cells.sum(ACCEPTED) - cells.sum(CLOSED);
  }
}
