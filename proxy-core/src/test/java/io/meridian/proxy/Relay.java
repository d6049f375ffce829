package io.meridian.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Somebody on the way: passes bytes on to a port of this machine, and can end connections. */
final class Relay implements AutoCloseable {
  private final int port;
  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  Relay(int port) {
    this.port = port;
    try {
      server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket near = server.accept();
        Socket far = new Socket(InetAddress.getLoopbackAddress(), port);
        sockets.add(near);
        sockets.add(far);
        Thread.ofVirtual().start(() -> pass(near, far));
        Thread.ofVirtual().start(() -> pass(far, near));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  /** Passes bytes between a socket and a port until one of them ends. */
  static void join(Socket near, int port) throws IOException {
    try (Socket far = new Socket(InetAddress.getLoopbackAddress(), port)) {
      Thread.ofVirtual().start(() -> pass(far, near));
      pass(near, far);
    }
  }

  private static void pass(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      in.transferTo(to.getOutputStream());
    } catch (IOException e) {
      // one of them was closed
    }
  }

  /** Ends all connections at the level of TCP, properly. */
  void end() throws IOException {
    for (Socket socket : sockets) {
      if (!socket.isClosed()) {
        socket.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    end();
  }
}
