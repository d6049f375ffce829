package io.meridian.proxy.downstream;

import io.meridian.config.Listener;
import io.meridian.proxy.exchange.ClientConnections;
import io.meridian.proxy.telemetry.ListenerMeters;
import io.meridian.proxy.tls.ServerTls;
import org.jspecify.annotations.Nullable;

/**
 * One listener as connections find it. What it does with them can be replaced while it is bound;
 * its name and address can't.
 */
final class Door {
  /**
   * What new connections go by.
   *
   * @param tls null: they speak in the clear
   */
  record Settings(Listener listener, @Nullable ServerTls tls) {}

  private final int index;
  private final ListenerMeters meters;
  private final ClientConnections connections;
  private volatile Settings settings;

  /**
   * @param index the listener's place in the configuration
   */
  Door(int index, ListenerMeters meters, ClientConnections connections, Settings settings) {
    this.index = index;
    this.meters = meters;
    this.connections = connections;
    this.settings = settings;
  }

  int index() {
    return index;
  }

  ListenerMeters meters() {
    return meters;
  }

  /** Of all listeners together. */
  ClientConnections connections() {
    return connections;
  }

  Settings settings() {
    return settings;
  }

  void settings(Settings next) {
    settings = next;
  }
}
