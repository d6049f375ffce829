package io.meridian.health;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A raw server on loopback that answers each request head with given bytes, or worse. */
final class Origin implements AutoCloseable {
  static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final ServerSocket server;
  private final CopyOnWriteArrayList<Socket> sockets = new CopyOnWriteArrayList<>();
  final CopyOnWriteArrayList<String> requests = new CopyOnWriteArrayList<>();
  private volatile Behaviour behaviour;

  /** What becomes of a request. */
  sealed interface Behaviour {
    record Answer(String bytes) implements Behaviour {}

    /** Answers requests on one connection one after the other, then ends it at the next request. */
    record Keep(List<String> answers) implements Behaviour {}

    /** Does something once the request is here, then answers. */
    record After(Runnable first, String bytes) implements Behaviour {}

    record Hang() implements Behaviour {}

    record Reset() implements Behaviour {}

    /** Sends this piece again and again until nobody reads it. */
    record Flood(String head, String piece) implements Behaviour {}
  }

  Origin(Behaviour behaviour) {
    this.behaviour = behaviour;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  static Origin well() {
    return new Origin(new Behaviour.Answer(OK));
  }

  void behave(Behaviour next) {
    behaviour = next;
  }

  String url() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  String name() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // closed: the end of this origin
    }
  }

  private void serve(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      if (!readHead(in)) {
        return;
      }
      switch (behaviour) {
        case Behaviour.Answer(String bytes) -> answer(socket, bytes);
        case Behaviour.Keep(List<String> answers) -> {
          for (String bytes : answers) {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.UTF_8));
            if (!readHead(in)) {
              return;
            }
          }
          socket.close();
        }
        case Behaviour.After(Runnable first, String bytes) -> {
          first.run();
          answer(socket, bytes);
        }
        case Behaviour.Hang() -> in.read();
        case Behaviour.Reset() -> {
          socket.setSoLinger(true, 0);
          socket.close();
        }
        case Behaviour.Flood(String start, String piece) -> {
          socket.getOutputStream().write(start.getBytes(StandardCharsets.UTF_8));
          while (true) {
            socket.getOutputStream().write(piece.getBytes(StandardCharsets.UTF_8));
          }
        }
      }
    } catch (IOException e) {
      // the prober left, which is its right
    }
  }

  private boolean readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        return false;
      }
      head.append((char) b);
    }
    requests.add(head.toString());
    return true;
  }

  /** Ends all connections, and takes no more. */
  void die() {
    close();
  }

  /** How many connections there have been. */
  int connections() {
    return sockets.size();
  }

  private static void answer(Socket socket, String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.UTF_8));
    socket.close();
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
