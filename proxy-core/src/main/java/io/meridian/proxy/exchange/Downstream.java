package io.meridian.proxy.exchange;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;

/**
 * The client's side of one exchange: where its answer goes. What is sent is gathered until {@link
 * #flush}. All on the exchange's event loop.
 */
public interface Downstream {
  /** What the connection knows of its peer. */
  Peer peer();

  /** Whether nobody waits for the answer: a stored one is fetched anew. */
  default boolean background() {
    return false;
  }

  /** Whether the client speaks HTTP/2. */
  boolean http2();

  /**
   * Whether an endpoint that has switched to WebSocket has answered what it was asked: where the
   * proxy asked in its client's name, nobody else can tell.
   */
  boolean accepts(ResponseHead head);

  /** A 1xx head from upstream, passed on at once. */
  void sendInformational(ResponseHead head);

  /** The head of an answer from upstream; framing is made anew for this client. */
  void sendHead(ResponseHead head);

  /** The next {@code length} bytes of {@code in} as body: takes them all. */
  void sendData(ByteBuf in, int length);

  /** The end of the answer, with the trailers of {@code body} if it has any. */
  void sendEnd(Body body);

  /** A whole answer of the proxy's own. */
  void sendError(ErrorAnswer answer);

  /**
   * The same to a gRPC request: without content, its status where gRPC looks for it. A client that
   * does not speak HTTP/2 does not speak gRPC.
   */
  default void sendGrpcError(int grpcStatus, ErrorAnswer answer) {
    sendError(answer);
  }

  void flush();

  /** The answer that begins may have to be discarded: until the flush all of it is gathered. */
  void hold();

  /** Bytes of the answer that are gathered and have not left. */
  int gatheredBytes();

  /** Takes the answer back; false if a part of it has left already. */
  boolean discard();

  /** Whether the socket takes more. */
  boolean writable();

  /** Stops or resumes reading the request: back-pressure from upstream. */
  void setReading(boolean reading);

  /** From here on bytes pass as they are, both ways (after 101). */
  void tunnel();

  /** The answer can't be completed: cut, so that it never looks whole. */
  void abort();

  /** Bytes given to the socket for this exchange so far. */
  long bytesSent();

  /** The exchange is over. {@code keepAlive}: as far as it goes, another request may follow. */
  void finished(boolean keepAlive);
}
