package io.meridian.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An origin that does what a script says, on plain sockets: answers, hangs, resets, lies. Every
 * connection runs the script in a thread of its own; probes and spare connections do so too, and
 * bring no request.
 */
final class Origin implements AutoCloseable {
  /** What happens on one connection. */
  interface Script {
    void serve(Wire wire) throws IOException, InterruptedException;
  }

  /** What happens with one request. */
  interface Answer {
    void give(Wire wire, Wire.Message request) throws IOException, InterruptedException;
  }

  private final Script script;
  private final @Nullable SSLContext tls;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<Wire.Message> requests = new CopyOnWriteArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  final AtomicLong bytesWritten = new AtomicLong();
  private volatile ServerSocket server;
  private @Nullable Socket
      keeper; // of the port while nothing listens there, so that nobody else does

  private Origin(Script script, @Nullable SSLContext tls) {
    this.script = script;
    this.tls = tls;
    this.server = listen(0);
  }

  /** Runs the script on each connection. */
  static Origin script(Script script) {
    return new Origin(script, null);
  }

  /** The same in TLS. */
  static Origin secure(SSLContext tls, Script script) {
    return new Origin(script, tls);
  }

  /** Answers each request of a connection so. */
  static Origin answering(Answer answer) {
    return answering(null, answer);
  }

  /** The same in TLS, if there is any. */
  static Origin answering(@Nullable SSLContext tls, Answer answer) {
    Origin[] self = new Origin[1];
    Origin origin =
        new Origin(
            wire -> {
              for (Wire.Message request = wire.request(); request != null; ) {
                self[0].requests.add(request);
                answer.give(wire, request);
                request = wire.request();
              }
            },
            tls);
    self[0] = origin;
    return origin;
  }

  /** Answers 200 with this body. */
  static Origin saying(String body) {
    return answering((wire, request) -> wire.ok(request, body));
  }

  /** Port of an origin where nothing listens. */
  static Origin absent() {
    Origin origin = saying("absent");
    origin.stop();
    Await.until("the port is kept", origin::keepsPort);
    return origin;
  }

  String url() {
    return (tls == null ? "http" : "https") + "://127.0.0.1:" + port();
  }

  int port() {
    return server.getLocalPort();
  }

  /** Requests that came, in the order of their coming. */
  List<Wire.Message> requests() {
    return requests;
  }

  void note(Wire.Message request) {
    requests.add(request);
  }

  /** Connections open now. */
  int connections() {
    return open.size();
  }

  /** Stops listening and cuts all connections. */
  void stop() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open.forEach(Origin::cut);
  }

  private static void cut(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // its script was faster
    }
  }

  /** Listens again on the same port. */
  void restart() {
    letGo();
    server = listen(server.getLocalPort());
  }

  @Override
  public void close() {
    stop();
    letGo();
    if (!failures.isEmpty()) {
      throw new AssertionError("the origin's script", failures.getFirst());
    }
  }

  private boolean keepsPort() {
    try {
      Socket bound = new Socket();
      bound.setReuseAddress(true);
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()));
      keeper = bound;
      return true;
    } catch (IOException e) {
      return false; // it is not free yet
    }
  }

  private void letGo() {
    Socket bound = keeper;
    keeper = null;
    if (bound != null) {
      try {
        bound.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private ServerSocket listen(int port) {
    try {
      ServerSocket listening =
          tls == null ? new ServerSocket() : tls.getServerSocketFactory().createServerSocket();
      listening.setReuseAddress(true);
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 512);
      Thread.ofVirtual().start(() -> accept(listening));
      return listening;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept(ServerSocket listening) {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> run(socket));
      } catch (IOException e) {
        return; // stopped
      }
    }
  }

  private void run(Socket socket) {
    try (socket) {
      script.serve(new Wire(socket, this));
    } catch (IOException e) {
      // the proxy closed it, or the script did
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failures.add(e);
    } finally {
      open.remove(socket);
    }
  }
}
