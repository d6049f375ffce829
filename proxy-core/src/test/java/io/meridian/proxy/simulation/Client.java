package io.meridian.proxy.simulation;

import io.meridian.proxy.simulation.Request.End;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A client with one connection: sends its requests one after another and checks the answers. */
final class Client implements VirtualChannel.Wire {
  private final Network network;
  private final SplittableRandom random;
  private final ArrayDeque<Request> waiting;
  private final ByteArrayOutputStream got = new ByteArrayOutputStream();
  private final boolean slow;
  private @Nullable VirtualChannel channel;
  private @Nullable Request current;
  private int underWay;
  private boolean over;

  Client(Network network, List<Request> requests) {
    this.network = network;
    this.random = network.random.split();
    this.waiting = new ArrayDeque<>(requests);
    this.slow = random.nextInt(15) == 0;
  }

  void connect(InetSocketAddress local, InetSocketAddress remote) {
    VirtualChannel made = new VirtualChannel(network, local, remote, this);
    channel = made;
    network.accept(made);
    next();
  }

  private void next() {
    Request request = waiting.poll();
    current = request;
    if (request == null || over) {
      leave();
      return;
    }
    network.judge.begins(request);
    byte[] head = request.head();
    byte[] body = request.body();
    byte[] all = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    int pieces = body.length == 0 ? 1 + (random.nextInt(10) == 0 ? 1 : 0) : random.nextInt(1, 5);
    long gap = random.nextInt(4) == 0 ? random.nextInt(200_000_000) : random.nextInt(3_000_000);
    int from = 0;
    for (int i = 0; i < pieces; i++) {
      int to = (int) ((long) all.length * (i + 1) / pieces);
      byte[] piece = Arrays.copyOfRange(all, from, to);
      boolean headDone = to >= head.length && from < head.length;
      boolean done = to == all.length;
      network.loop.after(i * gap, () -> deliver(request, piece, headDone, done));
      from = to;
    }
    if (random.nextInt(20) == 0) {
      boolean reset = random.nextBoolean();
      network.loop.after(random.nextLong(600_000_000L), () -> desert(request, reset));
    }
  }

  private void deliver(Request request, byte[] piece, boolean headDone, boolean done) {
    if (over || current != request) {
      return;
    }
    if (headDone) {
      network.judge.arrived(request);
    }
    request.bodyDone |= done;
    channel().deliver(piece);
  }

  private void desert(Request request, boolean reset) {
    if (current == request && !over) {
      network.say("client of %s leaves", request);
      quit();
      network.judge.ended(request, End.LEFT, 0);
      if (reset) {
        channel().deliverReset("Connection reset by peer");
      } else {
        channel().deliverEnd();
      }
    }
  }

  private void leave() {
    over = true;
    VirtualChannel open = channel();
    network.loop.after(random.nextInt(50_000_000), open::deliverEnd);
  }

  // ---- what the proxy says

  @Override
  public int room() {
    return slow ? Math.max(0, 3_000 - underWay) : 1 << 20;
  }

  @Override
  public void written(byte[] bytes) {
    Request request = current;
    if (over) {
      return;
    }
    if (request == null || !request.arrived) {
      network.judge.wrong("an answer that nobody asked for: %s", text(bytes));
      return;
    }
    if (slow) {
      underWay += bytes.length;
      network.loop.after(
          10_000_000,
          () -> {
            underWay -= bytes.length;
            channel().unblock();
          });
    }
    if (network.trace != null) {
      network.say("%d bytes to the client of #%d: %s", bytes.length, request.id, text(bytes));
    }
    got.writeBytes(bytes);
    read(request, false);
  }

  @Override
  public void outputShut() {
    network.say("the proxy shuts its side");
    ends(false);
    network.loop.after(1_000_000, () -> channel().deliverEnd());
  }

  @Override
  public void closed() {
    network.say("the proxy closes, linger %d", channel().config().getSoLinger());
    ends(channel().config().getSoLinger() == 0);
  }

  private void ends(boolean reset) {
    if (over) {
      return;
    }
    Request request = current;
    if (request != null) {
      if (!reset) {
        read(request, true);
      }
      if (request.end == End.NONE) {
        network.judge.ended(request, End.ABORTED, 0);
      }
    }
    quit();
  }

  /** It sends no more. */
  private void quit() {
    over = true;
    waiting.forEach(never -> never.end = End.LEFT);
    waiting.clear();
  }

  private void read(Request request, boolean closed) {
    byte[] all = got.toByteArray();
    int start = 0;
    int end = Bytes.indexOf(all, "\r\n\r\n", 0);
    while (end >= 0 && all.length > 9 + start && all[start + 9] == '1') {
      start = end + 4;
      end = Bytes.indexOf(all, "\r\n\r\n", start);
    }
    if (end < 0) {
      return;
    }
    network.judge.begun(request);
    String head = new String(all, start, end + 2 - start, StandardCharsets.ISO_8859_1);
    int status = Integer.parseInt(head.substring(9, 12));
    int from = end + 4;
    String length = Bytes.field(head, "content-length");
    boolean chunked = Bytes.field(head, "transfer-encoding") != null;
    int to;
    if (request.method.equals("HEAD") || status == 204 || status == 304) {
      to = from;
    } else if (chunked) {
      to = Bytes.chunkedEnd(all, from);
    } else if (length != null) {
      to = all.length - from >= Long.parseLong(length) ? from + Integer.parseInt(length) : -1;
    } else {
      to = closed ? all.length : -1;
    }
    if (to < 0) {
      return;
    }
    byte[] body =
        chunked && to > from ? Bytes.unchunk(all, from) : Arrays.copyOfRange(all, from, to);
    network.judge.answered(request, status, head, body, to == all.length);
    got.reset();
    boolean close = closed || "close".equals(Bytes.field(head, "connection"));
    if (close || !request.bodyDone) {
      quit();
      VirtualChannel open = channel();
      network.loop.after(1_000_000, open::deliverEnd);
    } else {
      current = null;
      network.loop.after(random.nextInt(30_000_000), this::next);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, 0, Math.min(40, bytes.length), StandardCharsets.ISO_8859_1)
        .replaceAll("[^ -~]", ".");
  }

  private VirtualChannel channel() {
    VirtualChannel open = channel;
    if (open == null) {
      throw new IllegalStateException("not connected");
    }
    return open;
  }
}
