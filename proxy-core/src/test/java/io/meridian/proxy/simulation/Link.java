package io.meridian.proxy.simulation;

import io.meridian.proxy.simulation.Host.Behaviour;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection from the proxy to a host: the way there and back, and the host's end of it. */
final class Link implements VirtualChannel.Wire {
  private static final int WINDOW = 96 * 1024;
  private static final long USER_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Network network;
  private final Host host;
  private final VirtualChannel channel;
  private final ByteArrayOutputStream read = new ByteArrayOutputStream();
  private final ArrayDeque<Runnable> held = new ArrayDeque<>(); // by a network that drops
  private int underWay;
  private boolean dead;
  private boolean timing;
  private boolean expectsHead = true;
  private Network.@Nullable Send send;
  private @Nullable Head head;
  private boolean served;

  private record Head(
      String method, String path, int start, long length, boolean chunked, boolean last) {}

  Link(Network network, Host host, VirtualChannel channel) {
    this.network = network;
    this.host = host;
    this.channel = channel;
    host.links.add(this);
  }

  Host host() {
    return host;
  }

  // ---- the proxy's side

  @Override
  public int room() {
    return WINDOW - underWay;
  }

  @Override
  public void written(byte[] bytes) {
    if (expectsHead) {
      expectsHead = false;
      send = network.judge.written(host, bytes);
    }
    underWay += bytes.length;
    pass(() -> arrived(bytes), true);
  }

  @Override
  public void outputShut() {
    // an endpoint takes no notice
  }

  @Override
  public void closed() {
    dead = true;
    host.links.remove(this);
  }

  // ---- the network

  private void pass(Runnable arrival, boolean toHost) {
    if (!host.dropsPackets) {
      network.loop.after(host.halfTripNanos, arrival);
      return;
    }
    held.add(arrival);
    if (toHost && !timing) {
      timing = true;
      network.loop.after(
          USER_TIMEOUT_NANOS,
          () -> {
            timing = false;
            if (!held.isEmpty() && !dead) {
              dead = true;
              channel.deliverReset("Connection timed out");
            }
          });
    }
  }

  void reachable() {
    for (Runnable arrival = held.poll(); arrival != null; arrival = held.poll()) {
      network.loop.after(host.halfTripNanos, arrival);
    }
  }

  void die() {
    if (!dead) {
      reset();
    }
  }

  private void reset() {
    dead = true;
    host.links.remove(this);
    pass(() -> channel.deliverReset("Connection reset by peer"), false);
  }

  /** The host ends a connection that waits in a pool. */
  void closeIdle() {
    if (!dead && head == null && read.size() == 0) {
      dead = true;
      host.links.remove(this);
      pass(channel::deliverEnd, false);
    }
  }

  // ---- the host's side

  private void arrived(byte[] bytes) {
    underWay -= bytes.length;
    if (dead) {
      pass(() -> channel.deliverReset("Connection reset by peer"), false);
      return;
    }
    read.writeBytes(bytes);
    if (host.behaviour == Behaviour.MUTE && host.share == 1) {
      return;
    }
    channel.unblock();
    parse();
  }

  private void parse() {
    byte[] all = read.toByteArray();
    Head current = head;
    if (current == null) {
      int end = Bytes.indexOf(all, "\r\n\r\n", 0);
      if (end < 0) {
        return;
      }
      String text = new String(all, 0, end + 2, StandardCharsets.ISO_8859_1);
      String[] line = text.substring(0, text.indexOf('\r')).split(" ", -1);
      String length = Bytes.field(text, "content-length");
      boolean last = "close".equals(Bytes.field(text, "connection"));
      current =
          new Head(
              line[0],
              line[1],
              end + 4,
              length == null ? 0 : Long.parseLong(length),
              Bytes.field(text, "transfer-encoding") != null,
              last);
      head = current;
      served = false;
      if (host.behaviour == Behaviour.RESET_EARLY && hit(current)) {
        reset();
        return;
      }
    }
    int end =
        current.chunked()
            ? Bytes.chunkedEnd(all, current.start())
            : all.length - current.start() >= current.length()
                ? current.start() + (int) current.length()
                : -1;
    if (end >= 0 && !served) {
      served = true;
      read.reset();
      read.write(all, end, all.length - end);
      serve(current);
    }
  }

  private boolean hit(Head request) {
    boolean probe = request.path().equals("/healthz");
    return !(probe && host.probesLie) && network.random.nextDouble() < host.share;
  }

  private void serve(Head request) {
    Network.Send of = send;
    Behaviour behaviour = hit(request) ? host.behaviour : Behaviour.ANSWER;
    int id = of == null ? -1 : of.request().id;
    Answer answer = request.path().equals("/healthz") ? Answer.OK : Answer.of(network.seed, id);
    if (of != null) {
      network.judge.served(of, behaviour);
    }
    switch (behaviour) {
      case MUTE -> {
        // and that is it
      }
      case RESET, RESET_EARLY -> reset();
      case CLOSE -> {
        dead = true;
        host.links.remove(this);
        pass(channel::deliverEnd, false);
      }
      case STATUS_500 -> push(answer.failure(500), request, 0, 1);
      case STATUS_503 -> push(answer.failure(503), request, 0, 1);
      case GARBAGE -> {
        byte[] bytes = "HTP 200 what\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        pass(() -> channel.deliver(bytes), false);
      }
      case ANSWER -> push(answer, request, 0, 1);
      case CUT -> push(answer, request, 1, network.random.nextDouble());
      case STALL -> push(answer, request, 2, network.random.nextDouble());
      case DRIP -> push(answer, request, 3, 1);
    }
  }

  /**
   * @param way 0: well, 1: cut by a reset after a part, 2: nothing more after a part, 3: slowly
   */
  private void push(Answer answer, Head request, int way, double part) {
    boolean last = answer.framing() == Answer.Framing.CLOSE || request.last();
    byte[] whole = answer.bytes(network.seed, send, host, request.method().equals("HEAD"), last);
    int length = way == 1 || way == 2 ? (int) (whole.length * part) : whole.length;
    List<Integer> cuts = answer.cuts(length, way == 3);
    long at = answer.serviceNanos() + host.extraNanos;
    int from = 0;
    for (int i = 0; i < cuts.size(); i++) {
      byte[] piece = Arrays.copyOfRange(whole, from, cuts.get(i));
      from = cuts.get(i);
      boolean end = i == cuts.size() - 1;
      network.loop.after(
          at,
          () -> {
            if (!dead) {
              pass(() -> channel.deliver(piece), false);
              if (end) {
                pushed(way, last);
              }
            }
          });
      at += way == 3 ? TimeUnit.MILLISECONDS.toNanos(30) : answer.gapNanos();
    }
  }

  private void pushed(int way, boolean last) {
    if (way == 1) {
      reset();
    } else if (way != 2) {
      head = null;
      send = null;
      expectsHead = true;
      if (last) {
        dead = true;
        host.links.remove(this);
        pass(channel::deliverEnd, false);
      } else {
        parse();
      }
    }
  }
}
