package io.meridian.proxy.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.HostPort;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LiveStreamIT {
  private static final int PATIENCE_MILLIS = 20_000;

  private final FakeApi api = new FakeApi();
  private final List<Socket> sockets = new ArrayList<>();
  private AdminServer server;

  @BeforeEach
  void start() throws IOException {
    server = new AdminServer(new HostPort("127.0.0.1", 0), api);
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    server.close();
  }

  private Socket ask(String path) throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    socket.setReceiveBufferSize(4096);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.address().getPort()));
    String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  /** What comes until this is among it. */
  private static String until(Socket socket, String wanted) throws IOException {
    InputStream in = socket.getInputStream();
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    while (!seen.toString(StandardCharsets.UTF_8).contains(wanted)) {
      int next = in.read();
      assertTrue(next >= 0, () -> "ended before " + wanted + ": " + seen);
      seen.write(next);
    }
    return seen.toString(StandardCharsets.UTF_8);
  }

  @Test
  void who_listens_gets_the_state_the_numbers_and_each_change() throws Exception {
    Socket socket = ask("/api/stream");
    String head = until(socket, "\r\n\r\n");
    assertTrue(head.startsWith("HTTP/1.1 200 "), head);
    assertTrue(head.contains("content-type: text/event-stream"), head);
    assertTrue(head.contains("content-security-policy: default-src 'self'"), head);
    until(socket, "event: state\ndata: {\"overview\":");
    until(socket, "event: numbers\ndata: {\"epoch_millis\":");
    api.changed.run();
    until(socket, "event: state\n");
  }

  @Test
  void there_are_only_so_many_readers_and_who_leaves_makes_room() throws Exception {
    List<Socket> readers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      Socket reader = ask("/api/stream");
      until(reader, "event: state");
      readers.add(reader);
    }
    until(ask("/api/stream"), " 503 ");
    readers.getFirst().close();
    long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
    String answer = "";
    while (!answer.contains(" 200 ") && System.nanoTime() < deadline) {
      answer = until(ask("/api/stream"), "\r\n");
    }
    assertTrue(answer.contains(" 200 "), answer);
  }

  @Test
  void a_reader_that_does_not_read_is_cut_off_and_delays_no_other() throws Exception {
    api.padding = "x".repeat(2 << 20);
    Socket slow = ask("/api/stream");
    until(slow, "event: state");
    long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
    while (server.streamReaders() > 0 && System.nanoTime() < deadline) {
      api.changed.run();
      until(ask("/livez"), "ok\n");
    }
    assertEquals(0, server.streamReaders());
  }
}
