package io.meridian.proxy.exchange;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.upstream.UpstreamConnection;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The way of a request's body from the client to the attempt that has got the head, with
 * back-pressure. What must be there to send the request again is held meanwhile. Reused with its
 * exchange; event loop only.
 */
final class RequestRelay {
  private final Destination destination;
  private final Attempts attempts;
  private final HeldBody held;
  private @Nullable Body body;
  private boolean ended;
  private boolean reading;
  private boolean paused;

  RequestRelay(Worker worker, ReplayMemory memory, Destination destination, Attempts attempts) {
    this.destination = destination;
    this.attempts = attempts;
    held = new HeldBody(worker.allocator(), memory);
  }

  /** A request begins; {@code complete}: it has no body. */
  void begin(Body read, boolean complete) {
    body = read;
    ended = complete;
  }

  /** Whether the client has sent all of it. */
  boolean ended() {
    return ended;
  }

  /** Whether all of the body that has arrived could be sent again. */
  boolean replayable() {
    return held.complete();
  }

  boolean paused() {
    return paused;
  }

  /** Whether bytes from the client are being handled: what goes upstream is sent when all are. */
  boolean reading() {
    return reading;
  }

  void reading(boolean now) {
    reading = now;
  }

  /** What is held of the body; null: nothing. */
  @Nullable ByteBuf held() {
    return held.bytes();
  }

  /** Bytes of the body read so far. */
  long bytes() {
    Body read = body;
    return read == null ? 0 : read.read();
  }

  /** The head has just gone there: what was held follows, and the end if it has come. */
  void start(UpstreamConnection connection, Downstream client) {
    ByteBuf bytes = held.bytes();
    if (bytes != null && bytes.isReadable()) {
      connection.sendData(bytes.duplicate(), bytes.readableBytes());
      if (held.size() > limit()) {
        held.giveUp();
      }
    }
    if (ended) {
      connection.sendEnd(body());
    } else if (paused) {
      resume(client);
    }
  }

  /** The next {@code length} bytes of {@code in}: takes them all. */
  void data(ByteBuf in, int length, Downstream client) {
    Attempt to = taker();
    boolean answered = attempts.committed() != null; // so that nothing will be sent again
    long limit = limit();
    if (to == null) {
      held.add(in, length);
      in.skipBytes(length);
      if (held.size() >= limit) {
        pause(client); // until a connection is there to take it
      }
      return;
    }
    if (held.complete() && (answered || !held.fits(length, limit) || !held.tryAdd(in, length))) {
      held.giveUp();
    }
    if (to.hasConnection()) {
      to.connection().sendData(in, length);
    } else {
      in.skipBytes(length); // answered already, and the connection went with it
    }
  }

  /** The client has sent all. */
  void end() {
    ended = true;
    Attempt to = taker();
    if (to != null && to.hasConnection()) {
      to.connection().sendEnd(body());
    }
  }

  /** Sends what those that have the head were given; reading stops where one can't take more. */
  void flush(boolean tunnel, Downstream client) {
    for (int i = 0; i < attempts.count(); i++) {
      Attempt attempt = attempts.get(i);
      if (attempt.live() && attempt.sent() && attempt.hasConnection()) {
        UpstreamConnection connection = attempt.connection();
        connection.flush();
        if (!connection.writable() && (tunnel || !ended)) {
          pause(client);
        }
      }
    }
  }

  private void pause(Downstream client) {
    paused = true;
    client.setReading(false);
  }

  void resume(Downstream client) {
    paused = false;
    client.setReading(true);
  }

  void clear() {
    body = null;
    ended = false;
    reading = false;
    paused = false;
    held.clear();
  }

  /** Who has got the head; null if nobody has yet. */
  private @Nullable Attempt taker() {
    Attempt committed = attempts.committed();
    return committed != null ? committed : attempts.sent();
  }

  /** How much of the body is held at most. */
  private long limit() {
    return destination.snapshot().config().failover().replayBody();
  }

  private Body body() {
    Body present = body;
    if (present == null) {
      throw new IllegalStateException("no request");
    }
    return present;
  }
}
