import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * What bench/change loads a proxy with: an origin, clients that ask at a steady rate over connections
 * of fifty requests, one in eight of them over TLS with a full handshake, and WebSockets that echo.
 * Every failure is counted by what it was.
 *
 * <p>Usage: java Change.java ORIGIN_PORT PROXY_PORT SECONDS RATE WEBSOCKETS; TLS is at PROXY_PORT + 1
 */
final class Change {
  private static final int CLIENTS = 64;
  private static final int REQUESTS = 50;
  private static final byte[] ASK =
      "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OK =
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SWITCH =
      ("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] UPGRADE =
      ("GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);
  /** A masked frame of two bytes, with a mask of zeros; what comes back is what was sent. */
  private static final byte[] FRAME = {(byte) 0x82, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'};

  private static final int TLS_EACH = 8;

  private final LongAdder answered = new LongAdder();
  private final LongAdder handshakes = new LongAdder();
  private final Map<String, Boolean> certificates = new ConcurrentHashMap<>();
  private final LongAdder echoes = new LongAdder();
  private final LongAdder endedInOrder = new LongAdder();
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private volatile boolean over;

  public static void main(String[] words) throws Exception {
    new Change()
        .run(
            Integer.parseInt(words[0]),
            Integer.parseInt(words[1]),
            Integer.parseInt(words[2]),
            Integer.parseInt(words[3]),
            Integer.parseInt(words[4]));
  }

  private void run(int origin, int proxy, int seconds, int rate, int webSockets) throws Exception {
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), origin), 1024);
    Thread.ofVirtual().start(() -> accept(server));
    awaitProxy(proxy);
    Thread[] all = new Thread[CLIENTS + webSockets];
    for (int i = 0; i < webSockets; i++) {
      all[i] = Thread.ofVirtual().start(() -> webSocket(proxy));
    }
    long pause = TimeUnit.SECONDS.toNanos(CLIENTS) / rate;
    for (int i = 0; i < CLIENTS; i++) {
      long offset = pause * i / CLIENTS;
      boolean tls = i % TLS_EACH == 0;
      all[webSockets + i] = Thread.ofVirtual().start(tls ? () -> ask(() -> openTls(proxy + 1), pause, offset) : () -> ask(() -> open(proxy), pause, offset));
    }
    long before = 0;
    for (int i = 0; i < seconds; i++) {
      TimeUnit.SECONDS.sleep(1);
      long now = answered.sum();
      System.out.printf("%3d s %5d requests/s, %d failures%n", i + 1, now - before, count());
      before = now;
    }
    over = true;
    for (Thread one : all) {
      one.join(TimeUnit.SECONDS.toMillis(10));
    }
    System.out.printf(
        "%d requests, %d handshakes that saw %d certificates, %d echoes, %d WebSockets ended in order;"
            + " failures: %d %s%n",
        answered.sum(), handshakes.sum(), certificates.size(), echoes.sum(), endedInOrder.sum(), count(),
        new TreeMap<>(failures));
    System.exit(count() == 0 ? 0 : 1);
  }

  private static void awaitProxy(int port) throws Exception {
    for (int i = 0; i < 400; i++) {
      try (Socket socket = open(port)) {
        socket.getOutputStream().write(ASK);
        if (head(socket.getInputStream()).contains(" 200 ")) {
          return;
        }
      } catch (IOException e) {
        // not yet
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new IllegalStateException("no proxy answers at port " + port);
  }

  private long count() {
    return failures.values().stream().mapToLong(LongAdder::sum).sum();
  }

  private void failed(String what, Exception why) {
    String told = what + ": " + why.getClass().getSimpleName() + ' ' + why.getMessage();
    failures.computeIfAbsent(told, _ -> new LongAdder()).increment();
  }

  private static Socket open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private interface Opener {
    Socket open() throws IOException;
  }

  /** Whatever certificate is there is taken: that it changes is what is looked at. */
  private Socket openTls(int port) throws IOException {
    SSLContext context;
    try {
      context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Anybody()}, null);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
    Socket plain = open(port);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "a.test", port, true);
    try {
      socket.startHandshake();
      handshakes.increment();
      certificates.put(((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber().toString(), true);
      return socket;
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private void ask(Opener opener, long pause, long offset) {
    long next = System.nanoTime() + offset;
    while (!over) {
      try (Socket socket = opener.open()) {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        boolean stays = true;
        for (int i = 0; i < REQUESTS && stays && !over; i++) {
          LockSupport.parkNanos(Math.max(0, next - System.nanoTime()));
          next = Math.max(next + pause, System.nanoTime() - TimeUnit.SECONDS.toNanos(1));
          socket.getOutputStream().write(ASK);
          String head = head(in);
          if (in.readNBytes(2).length < 2 || !head.startsWith("HTTP/1.1 200")) {
            throw new IOException(head.lines().findFirst().orElse("nothing"));
          }
          answered.increment();
          stays = !head.toLowerCase(java.util.Locale.ROOT).contains("connection: close");
        }
      } catch (IOException e) {
        if (!over) {
          failed("request", e);
        }
      }
    }
  }

  private void webSocket(int port) {
    while (!over) {
      try (Socket socket = open(port)) {
        socket.getOutputStream().write(UPGRADE);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        if (!head(in).contains(" 101 ")) {
          throw new IOException("no upgrade");
        }
        boolean open = true;
        while (!over && open) {
          socket.getOutputStream().write(FRAME);
          int first = in.read();
          if (first == 0x88) { // Close
            endedInOrder.increment();
            open = false;
          } else if (first < 0) {
            throw new EOFException("without a Close frame");
          } else {
            in.skipNBytes(FRAME.length - 1);
            echoes.increment();
            TimeUnit.SECONDS.sleep(1);
          }
        }
      } catch (IOException e) {
        if (!over) {
          failed("WebSocket", e);
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("after \"" + head + '"');
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private void accept(ServerSocket server) {
    while (true) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        System.err.println("origin: " + e);
        return;
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        String head = head(in);
        if (head.startsWith("GET /ws ")) {
          socket.getOutputStream().write(SWITCH);
          in.transferTo(socket.getOutputStream());
          return;
        }
        socket.getOutputStream().write(OK);
      }
    } catch (IOException e) {
      // the proxy has closed it
    }
  }
}
