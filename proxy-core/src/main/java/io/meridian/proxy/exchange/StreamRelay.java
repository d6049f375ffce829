package io.meridian.proxy.exchange;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.upstream.UpstreamConnection;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What of a request lasts: a tunnel's bytes both ways, and the end in order of a tunnel or an event
 * stream that both sides would carry on. Reused with its exchange; event loop only.
 */
final class StreamRelay {
  private final ProxyExchange exchange;
  private final LoopContext context;
  private final Attempts attempts;
  private @Nullable LongStream stream;
  private boolean tunnel;
  private long fromClient;

  StreamRelay(ProxyExchange exchange, LoopContext context, Attempts attempts) {
    this.exchange = exchange;
    this.context = context;
    this.attempts = attempts;
  }

  /** Whether bytes pass as they are, both ways. */
  boolean tunnel() {
    return tunnel;
  }

  /** Whether the answer is one that lasts. */
  boolean lasting() {
    return stream != null;
  }

  /** Bytes from the client since the tunnel began. */
  long fromClient() {
    return fromClient;
  }

  /** The client has got the head of its answer: from here on it may be one that lasts. */
  void begin(Attempt attempt, ResponseHead answer) {
    if (answer.upgraded()) {
      tunnel = true;
      attempt.connection().tunnel();
      stream = context.streams().join(exchange, attempt.endpoint().id(), true);
    } else if (EventStream.is(answer)) {
      stream = context.streams().join(exchange, attempt.endpoint().id(), false);
    }
  }

  /** Bytes of a tunnel, for the endpoint: takes them all. */
  void clientData(ByteBuf in, int length) {
    fromClient += length;
    int passed = stream().fromClient(in, length);
    server().sendData(in, passed);
    in.skipBytes(length - passed);
  }

  /** Bytes of a tunnel, for the client: takes them all. */
  void serverData(ByteBuf in, int length) {
    LongStream present = stream();
    int passed = present.fromServer(in, length);
    exchange.downstream().sendData(in, passed);
    in.skipBytes(length - passed);
    if (present.ending()) {
      endTunnel();
    }
  }

  /** Ends it in order, now or as soon as that can be. */
  void end() {
    stream().end();
    if (tunnel) {
      endTunnel();
      return;
    }
    exchange.response().letGo();
    Downstream client = exchange.downstream();
    client.sendEnd(Body.END);
    client.flush();
    exchange.finish(true);
  }

  private void endTunnel() {
    LongStream ending = stream();
    if (!ending.atBoundary()) {
      return;
    }
    ByteBuf toServer = ending.farewellToServer((int) context.worker().random());
    if (toServer != null) {
      UpstreamConnection server = server();
      server.sendData(toServer, toServer.readableBytes());
      server.flush();
      toServer.release();
    }
    Downstream client = exchange.downstream();
    ByteBuf toClient = ending.farewellToClient();
    if (toClient != null) {
      client.sendData(toClient, toClient.readableBytes());
      toClient.release();
    }
    client.flush();
    exchange.finish(false);
  }

  void clear() {
    LongStream present = stream;
    if (present != null) {
      stream = null;
      context.streams().leave(present);
    }
    tunnel = false;
    fromClient = 0;
  }

  private UpstreamConnection server() {
    Attempt attempt = attempts.committed();
    if (attempt == null) {
      throw new IllegalStateException("no tunnel");
    }
    return attempt.connection();
  }

  private LongStream stream() {
    LongStream present = stream;
    if (present == null) {
      throw new IllegalStateException("nothing that lasts");
    }
    return present;
  }
}
