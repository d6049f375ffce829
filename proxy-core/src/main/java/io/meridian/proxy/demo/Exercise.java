package io.meridian.proxy.demo;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.SocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work of every kind for a proxy: short and long answers, uploads, short connections, TLS, HTTP/2.
 */
final class Exercise {
  private static final Logger log = LoggerFactory.getLogger(Exercise.class);
  private static final int CLIENTS = 24;
  private static final int PATIENCE_MILLIS = 10_000;

  private final int port;
  private final int tlsPort;
  private final int adminPort;
  private final TrainingCertificate certificate;
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong drawn = new AtomicLong();

  Exercise(int port, int tlsPort, int adminPort, TrainingCertificate certificate) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.adminPort = adminPort;
    this.certificate = certificate;
  }

  /**
   * Waits until the proxy says that it is ready.
   *
   * @throws IOException if it ends before, or takes too long
   */
  void awaitStart(Process proxy, Duration most) throws IOException, InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), adminPort)) {
        if (exchange(socket, request("GET", "/readyz", 0, true)) == 200) {
          return;
        }
      } catch (IOException e) {
        log.debug("not up yet", e);
      }
      if (!proxy.isAlive() || System.nanoTime() - end > 0) {
        throw new IOException("the proxy does not start");
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /**
   * Gives work of each kind for so long.
   *
   * @return how many requests were answered
   */
  long run(Duration perKind) throws IOException, InterruptedException, GeneralSecurityException {
    SocketFactory plain = SocketFactory.getDefault();
    SocketFactory secure = certificate.clients().getSocketFactory();
    many(perKind, () -> keepAlive(perKind, plain, port, "GET", 1024, 0));
    many(
        perKind.dividedBy(2),
        () -> keepAlive(perKind.dividedBy(2), plain, port, "POST", 1024, 16_384));
    many(
        perKind.dividedBy(2),
        () -> keepAlive(perKind.dividedBy(2), plain, port, "GET", 200_000, 0));
    many(perKind.dividedBy(2), () -> shortConnections(perKind.dividedBy(2), plain, port));
    many(perKind, () -> keepAlive(perKind, secure, tlsPort, "GET", 1024, 0));
    many(perKind.dividedBy(2), () -> shortConnections(perKind.dividedBy(2), secure, tlsPort));
    http2(perKind);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), adminPort)) {
      exchange(socket, request("GET", "/metrics", 0, true));
    }
    return answered.get();
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void many(Duration span, Work work) throws InterruptedException {
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      for (int i = 0; i < CLIENTS; i++) {
        threads.execute(() -> {
          try {
            work.run();
          } catch (IOException e) {
            log.debug("a client gave up", e);
          }
        });
      }
      threads.shutdown();
      if (!threads.awaitTermination(span.toMillis() + PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    }
  }

  private void keepAlive(
      Duration span, SocketFactory sockets, int to, String method, int size, int body)
      throws IOException {
    long end = System.nanoTime() + span.toNanos();
    try (Socket socket = sockets.createSocket("localhost", to)) {
      while (System.nanoTime() - end < 0) {
        exchange(socket, request(method, ExerciseOrigin.SIZE + size, body, false));
        answered.incrementAndGet();
      }
    }
  }

  private void shortConnections(Duration span, SocketFactory sockets, int to) throws IOException {
    long end = System.nanoTime() + span.toNanos();
    while (System.nanoTime() - end < 0) {
      try (Socket socket = sockets.createSocket("localhost", to)) {
        exchange(socket, request("GET", ExerciseOrigin.SIZE + 1024, 0, true));
        answered.incrementAndGet();
      }
    }
  }

  private void http2(Duration span) throws InterruptedException, GeneralSecurityException {
    URI uri = URI.create("https://localhost:" + tlsPort + ExerciseOrigin.SIZE + 1024);
    try (HttpClient client = HttpClient.newBuilder().sslContext(certificate.clients()).build()) {
      many(
          span,
          () -> {
            long end = System.nanoTime() + span.toNanos();
            while (System.nanoTime() - end < 0) {
              try {
                HttpRequest request =
                    HttpRequest.newBuilder(uri).header("X-Forwarded-For", address()).build();
                client.send(request, BodyHandlers.discarding());
                answered.incrementAndGet();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
              }
            }
          });
    }
  }

  private byte[] request(String method, String path, int body, boolean last) {
    String head =
        method
            + ' '
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: exercise\r\nAccept: */*\r\nX-Forwarded-For: "
            + address()
            + "\r\n"
            + (last ? "Connection: close\r\n" : "")
            + (body > 0 ? "Content-Length: " + body + "\r\n" : "")
            + "\r\n";
    byte[] bytes = head.getBytes(StandardCharsets.US_ASCII);
    return body > 0 ? java.util.Arrays.copyOf(bytes, bytes.length + body) : bytes;
  }

  /** A client's address, another one each time. */
  private String address() {
    long n = drawn.incrementAndGet() * 2_654_435_761L;
    return (11 + (n >>> 24 & 127))
        + "."
        + (n >>> 16 & 255)
        + "."
        + (n >>> 8 & 255)
        + "."
        + (n & 255);
  }

  /** Sends a request and reads its answer, which has to have a length. */
  private static int exchange(Socket socket, byte[] request) throws IOException {
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.getOutputStream().write(request);
    InputStream in = new BufferedInputStream(socket.getInputStream(), 8192);
    String first = line(in);
    long length = 0;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Long.parseLong(lower.substring(15).strip());
      }
    }
    in.skipNBytes(length);
    return Integer.parseInt(first.substring(9, 12));
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException();
      }
      if (c == '\n') {
        return line.toString();
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
  }
}
