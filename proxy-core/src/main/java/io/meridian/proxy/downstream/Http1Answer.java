package io.meridian.proxy.downstream;

import io.meridian.proxy.downstream.ResponseWriter.Framing;
import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.exchange.ProxyExchange;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.Chunks;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.Outbox;
import io.meridian.proxy.loop.Worker;
import io.netty.buffer.ByteBuf;

/** The answers of one HTTP/1.1 connection, one at a time, into its outbox. Event loop only. */
final class Http1Answer {
  private final Worker worker;
  private final Outbox outbox;
  private Framing framing = Framing.NONE;
  private boolean headSent;
  private boolean headRequest;
  private boolean openBody;
  private int minorVersion = 1;
  private long sentBefore;
  private long answerFrom; // bytes passed on before the final answer, 1xx included

  Http1Answer(Worker worker, Outbox outbox) {
    this.worker = worker;
    this.outbox = outbox;
  }

  /**
   * The next answer is for a request of this version.
   *
   * @param toHead whether the request was a HEAD, so that no body follows
   */
  void begin(int requestMinorVersion, boolean toHead) {
    minorVersion = requestMinorVersion;
    headRequest = toHead;
    headSent = false;
    openBody = false;
    sentBefore = outbox.passedOnBytes();
    answerFrom = sentBefore;
  }

  void informational(ResponseHead head) {
    ResponseWriter.informational(outbox.room(ResponseWriter.size(head)), head);
    outbox.flush();
    answerFrom = outbox.passedOnBytes();
  }

  /** Returns whether the connection may go on behind it, if it was to. */
  boolean head(ResponseHead head, boolean keepAlive, ProxyExchange exchange) {
    framing = ResponseWriter.framing(head, minorVersion);
    boolean again = keepAlive && framing != Framing.CLOSE;
    headSent = true;
    openBody = framing != Framing.NONE;
    ResponseWriter.relay(
        outbox.room(ResponseWriter.size(head)),
        head,
        framing,
        again,
        minorVersion,
        worker.date(),
        exchange.requestIdBytes(),
        exchange.requestIdLength(),
        exchange.ownResponseFields());
    return again;
  }

  void data(ByteBuf in, int length) {
    if (framing == Framing.CHUNKED) {
      Chunks.head(outbox.room(10), length);
      outbox.take(in, length);
      Chunks.end(outbox.room(2));
    } else {
      outbox.take(in, length);
    }
  }

  void end(Body body) {
    openBody = false;
    if (framing == Framing.CHUNKED) {
      boolean trailers = body.hasTrailers();
      ByteBuf out = outbox.room(trailers ? Body.MAX_TRAILERS : 64);
      Chunks.lastHead(out);
      if (trailers) {
        body.copyTrailers(out);
      }
      Chunks.end(out);
    }
  }

  void error(ErrorAnswer answer, boolean keepAlive, ProxyExchange exchange) {
    headSent = true;
    byte[] ownFields = exchange.ownResponseFields();
    ResponseWriter.error(
        outbox.room(1024 + ownFields.length),
        answer,
        headRequest,
        keepAlive,
        minorVersion,
        worker.date(),
        exchange.requestIdBytes(),
        exchange.requestIdLength(),
        ownFields);
  }

  /** From here on bytes pass as they are. */
  void tunnel() {
    framing = Framing.CLOSE;
  }

  /** Whether the end of the connection is the end of the answer. */
  boolean endsWithConnection() {
    return framing == Framing.CLOSE;
  }

  /** Whether the end of a body is still due. */
  boolean open() {
    return openBody;
  }

  int gatheredBytes() {
    return outbox.gatheredBytes() + (int) Math.min(1 << 30, outbox.passedOnBytes() - answerFrom);
  }

  long bytesSent() {
    return outbox.passedOnBytes() - sentBefore;
  }

  /** Takes the answer back; false if a part of it has left already. */
  boolean discard() {
    if (outbox.passedOnBytes() != answerFrom) {
      return !headSent;
    }
    outbox.discard();
    headSent = false;
    openBody = false;
    return true;
  }
}
