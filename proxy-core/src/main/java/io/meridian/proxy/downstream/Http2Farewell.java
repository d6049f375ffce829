package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.loop.Outbox;
import io.meridian.proxy.loop.Worker;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.ssl.SslHandler;

/**
 * How a client's connection ends: by a warning, its last streams and a last word (RFC 9113, 6.8),
 * or at once. Event loop only.
 */
final class Http2Farewell {
  private static final long DRAIN_PING = 0x6d657269_6469616eL;

  private enum State {
    OPEN,
    /** GOAWAY said that it will end, and the client's word that it has read it is awaited. */
    WARNED,
    /** No further stream is taken. */
    LAST_STREAMS,
    /** Our side is closed; what still comes is dropped. */
    LINGER
  }

  private final Http2Connection connection;
  private final Channel channel;
  private final Http2Codec codec;
  private final Outbox outbox;
  private final Peer peer;
  private final Worker worker;
  private State state = State.OPEN;
  private long warnedNanos;

  Http2Farewell(
      Http2Connection connection,
      Channel channel,
      Http2Codec codec,
      Outbox outbox,
      Peer peer,
      Worker worker) {
    this.connection = connection;
    this.channel = channel;
    this.codec = codec;
    this.outbox = outbox;
    this.peer = peer;
    this.worker = worker;
  }

  /** Whether the end is in sight. */
  boolean begun() {
    return state != State.OPEN;
  }

  /** The socket is closed: the streams that are left end. */
  void gone() {
    boolean orderly = state == State.LINGER;
    state = State.LINGER;
    connection.turn().end();
    if (!orderly) {
      connection.streams().close();
    }
  }

  /** The listener leaves: no further streams; those that are open finish (RFC 9113, 6.8). */
  void drain() {
    if (state != State.OPEN) {
      return;
    }
    state = State.WARNED;
    warnedNanos = worker.now();
    codec.frames.goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR.code());
    codec.frames.ping(DRAIN_PING);
    connection.watch().soon();
    connection.turn().flushSoon();
  }

  /** A round trip later: what the client had under way when it heard of the end is here. */
  private void lastStreams() {
    if (state != State.OPEN && state != State.WARNED) {
      return;
    }
    state = State.LAST_STREAMS;
    int last = codec.streams.remote().lastStreamCreated();
    try {
      codec.streams.goAwaySent(last, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER);
    } catch (Http2Exception e) {
      throw new IllegalStateException(e); // only if the last stream were higher than said before
    }
    codec.frames.goAway(last, Http2Error.NO_ERROR.code());
    connection.turn().flushSoon();
    closeIfDone();
  }

  /** What the watch finds: warned so long ago that no answer will come. Whether one may come. */
  boolean warned(long untilNanos) {
    if (state == State.WARNED && untilNanos - warnedNanos >= 0) {
      lastStreams();
    }
    return state == State.WARNED;
  }

  /** The client's word on a PING. */
  void pinged(long data) {
    if (data == DRAIN_PING && state == State.WARNED) {
      lastStreams();
    }
  }

  /** The last stream has ended. */
  void idle() {
    if (state == State.OPEN && peer.departure().announced()) {
      drain();
    } else if (state == State.LAST_STREAMS) {
      worker.loop().execute(this::closeIfDone);
    }
  }

  private void closeIfDone() {
    if (state == State.LAST_STREAMS && connection.streams().count() == 0) {
      linger();
    }
  }

  /** An error of the connection, or a flood: GOAWAY, and the end of all streams. */
  void fail(Http2Error error) {
    if (state == State.LINGER) {
      return;
    }
    codec.frames.goAway(codec.streams.remote().lastStreamCreated(), error.code());
    linger();
  }

  /** Our side first, so that the client reads what was said last; then the connection. */
  private void linger() {
    state = State.LINGER;
    connection.turn().end();
    connection.streams().close();
    outbox.flush();
    if (!channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
    }
    connection.watch().soon();
    connection.joinBacklog();
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> allSent());
  }

  /** Whether our side is closed. */
  boolean lingers() {
    return state == State.LINGER;
  }

  /** It has lingered long enough. */
  void cut() {
    channel.close();
  }

  private void allSent() {
    if (channel.isActive()
        && channel instanceof DuplexChannel duplex
        && channel.pipeline().get(SslHandler.class) == null) {
      duplex.shutdownOutput();
    } else {
      channel.close();
    }
  }
}
