package io.meridian.proxy;

import io.meridian.config.HostPort;
import io.meridian.proxy.admin.AdminServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Where the admin address is served: at none, at one, or moving from one to another. */
final class AdminDoor implements AutoCloseable {
  private final AdminView view;
  private volatile @Nullable AdminServer server;

  AdminDoor(AdminView view) {
    this.view = view;
  }

  /**
   * @throws IOException if it can't be bound
   */
  void open(HostPort address) throws IOException {
    server = new AdminServer(address, view);
  }

  /**
   * A server at another address than now, for {@link #use}; null if it stays.
   *
   * @throws IOException if it can't be bound
   */
  @Nullable AdminServer at(HostPort now, HostPort wanted) throws IOException {
    return server == null || now.equals(wanted) ? null : new AdminServer(wanted, view);
  }

  /** Moves there. */
  void use(AdminServer next) {
    AdminServer before = server;
    server = next;
    if (before != null) {
      before.close();
    }
  }

  InetSocketAddress address() {
    AdminServer current = server;
    if (current == null) {
      throw new IllegalStateException("not started");
    }
    return current.address();
  }

  @Override
  public void close() {
    AdminServer current = server;
    if (current != null) {
      current.close();
    }
  }
}
