package io.meridian.proxy.downstream;

/**
 * What stands at the end of a client connection's pipeline: a protocol, or what comes before one.
 */
interface ClientConnection {
  /**
   * The process stops: ends the connection if it is idle, else after its answer. On its event loop.
   */
  void drainConnection();
}
