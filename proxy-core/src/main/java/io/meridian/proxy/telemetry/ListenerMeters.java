package io.meridian.proxy.telemetry;

/** Counts the client connections of one listener, and what it turned away. On the loop it names. */
public final class ListenerMeters {
  static final int ACCEPTED = 0;
  static final int CLOSED = 1;
  static final int REFUSED = 2;
  static final int REJECTED = 3;

  final String listener;
  final Cells cells;

  ListenerMeters(String listener, int loops) {
    this.listener = listener;
    cells = new Cells(loops, REJECTED + Rejection.count());
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

  /** A request or a connection was turned away, or cut. */
  public void rejected(int loop, Rejection why) {
    cells.add(loop, REJECTED + why.slot(), 1);
  }

  /** Open now; any thread. */
  public long open() {
    return cells.sum(ACCEPTED) - cells.sum(CLOSED);
  }
}
