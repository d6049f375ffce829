package io.meridian.proxy.simulation;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What every host would answer to one request, so that a client can tell whether it got all. */
record Answer(
    int status, int length, Framing framing, int pieces, long serviceNanos, long gapNanos) {
  enum Framing {
    LENGTH,
    CHUNKED,
    CLOSE
  }

  static final Answer OK = new Answer(200, 2, Framing.LENGTH, 1, 1_000_000, 0);

  static Answer of(long seed, int id) {
    SplittableRandom r = new SplittableRandom(seed * 31 + id);
    int size =
        switch (r.nextInt(10)) {
          case 0 -> 0;
          case 1 -> r.nextInt(20_000, 60_000);
          case 2 -> r.nextInt(2_000, 40_000);
          default -> r.nextInt(1, 2_000);
        };
    Framing how =
        switch (r.nextInt(10)) {
          case 0, 1 -> Framing.CHUNKED;
          case 2 -> Framing.CLOSE;
          default -> Framing.LENGTH;
        };
    int status = r.nextInt(12) == 0 ? 404 : 200;
    long service = TimeUnit.MICROSECONDS.toNanos(r.nextInt(100, 20_000));
    return new Answer(status, size, how, r.nextInt(1, 4), service, r.nextInt(5) * 1_000_000L);
  }

  Answer failure(int code) {
    return new Answer(code, Math.min(length, 100), Framing.LENGTH, 1, serviceNanos, 0);
  }

  byte[] bytes(long seed, Network.@Nullable Send send, Host host, boolean headOnly, boolean last) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int id = send == null ? -1 : send.request().id;
    StringBuilder head = new StringBuilder();
    if (id % 7 == 3 && status == 200) {
      head.append("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    }
    head.append("HTTP/1.1 ").append(status).append(" Whatever\r\n");
    head.append("X-Id: ").append(id).append("\r\nX-From: ").append(host.region);
    head.append("\r\nX-Total: ").append(length).append("\r\n");
    switch (framing) {
      case LENGTH -> head.append("Content-Length: ").append(length).append("\r\n");
      case CHUNKED -> head.append("Transfer-Encoding: chunked\r\n");
      case CLOSE -> {
        // its end is the connection's
      }
    }
    if (last) {
      head.append("Connection: close\r\n");
    }
    head.append("\r\n");
    out.writeBytes(head.toString().getBytes(StandardCharsets.US_ASCII));
    if (headOnly) {
      return out.toByteArray();
    }
    byte[] body = body(id, length);
    if (framing == Framing.CHUNKED) {
      for (int at = 0; at < length; ) {
        int size = Math.min(length - at, 700 + at);
        out.writeBytes((Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.write(body, at, size);
        out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        at += size;
      }
      out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    } else {
      out.writeBytes(body);
    }
    return out.toByteArray();
  }

  static byte[] body(int id, int length) {
    byte[] body = new byte[length];
    for (int i = 0; i < length; i++) {
      body[i] = (byte) (id * 31 + i * 7);
    }
    return body;
  }

  /** Where the pieces end in which so many bytes are sent. */
  List<Integer> cuts(int total, boolean tiny) {
    List<Integer> cuts = new ArrayList<>();
    int count = tiny ? Math.min(40, Math.max(1, total)) : pieces;
    for (int i = 1; i < count; i++) {
      cuts.add((int) ((long) total * i / count));
    }
    cuts.add(total);
    return cuts;
  }
}
