package io.meridian.proxy.exchange;

/**
 * How far the end of a listener's connections has come, for all of them together: first they are
 * told with their next answer, then those that wait for a request are closed. Any thread.
 */
public final class Departure {
  private volatile boolean announced;
  private volatile boolean due;

  /** From now on answers end their connections. */
  public void announce() {
    announced = true;
  }

  /** From now on a connection without a request is closed. */
  public void depart() {
    announced = true;
    due = true;
  }

  /** Whether answers end their connections. */
  public boolean announced() {
    return announced;
  }

  /** Whether connections without a request are closed. */
  public boolean due() {
    return due;
  }
}
