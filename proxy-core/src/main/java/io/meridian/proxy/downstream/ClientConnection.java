package io.meridian.proxy.downstream;

/**
 * What stands at the end of a client connection's pipeline: a protocol, or what comes before one.
 */
interface ClientConnection {
  /**
   * The listener's connections end: ends this one if it is idle, else after its answer. On its
   * event loop.
   */
  void drainConnection();

  /** Whether the client is told of the end beforehand, so that it loses nothing by it (GOAWAY). */
  default boolean warns() {
    return false;
  }
}
