package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The page's stream beside real traffic. */
@ExtendWith(NoLeaks.class)
class LivePageIT {
  private static Socket listener(Proxy proxy) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
    socket.connect(
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(), proxy.meridian().adminAddress().getPort()));
    socket
        .getOutputStream()
        .write(
            "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  private static void readUntil(InputStream in, String wanted) throws IOException {
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    while (!seen.toString(StandardCharsets.UTF_8).contains(wanted)) {
      int next = in.read();
      assertTrue(next >= 0, "ended before " + wanted);
      seen.write(next);
      if (seen.size() > 1 << 20) {
        throw new AssertionError("no " + wanted);
      }
    }
  }

  @Test
  void a_region_that_dies_is_told_at_once_to_who_listens() throws Exception {
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy =
            Proxy.on("nio")
                .region("first", one)
                .region("second", two)
                .with(
                    "health", "{ tcp: {}, interval: 200ms, burst_interval: 50ms, timeout: 150ms }")
                .start();
        Socket listener = listener(proxy)) {
      readUntil(listener.getInputStream(), "\"state\":\"healthy\"");
      one.stop();
      readUntil(listener.getInputStream(), "\"to\":\"ejected\"");
      one.restart();
    }
  }

  @Test
  void readers_that_do_not_read_delay_no_request() throws Exception {
    List<Socket> idle = new ArrayList<>();
    try (Origin one = Origin.saying("one");
        Proxy proxy = Proxy.on("nio").region("first", one).start()) {
      for (int i = 0; i < 32; i++) {
        idle.add(listener(proxy));
      }
      for (int i = 0; i < 50; i++) {
        assertEquals("one", proxy.get("/").body());
      }
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }
}
