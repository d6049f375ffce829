package io.meridian.proxy.upstream;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.RequestHead;
import io.netty.buffer.ByteBuf;

/**
 * A way to send one request to an endpoint and to hear its answer: a whole HTTP/1.1 connection, or
 * one stream of an HTTP/2 connection. The attempt that holds it calls {@link #begin}, writes the
 * head, the body and the end, and hears the rest as {@link UpstreamListener}. All on its event
 * loop; what is sent is gathered until {@link #flush}.
 */
public interface UpstreamConnection {
  /** Whether a request was answered on it before: its peer may have closed it meanwhile. */
  boolean reused();

  /** Starts an exchange: {@code attempt} hears of it from here on. */
  void begin(UpstreamListener attempt, RequestHead request);

  /**
   * Where to write the request's head in HTTP/1.1's form, with at least this much room; when it is
   * written, {@link #headWritten}.
   */
  ByteBuf headRoom(int bytes);

  /** The head is complete: it takes whatever form the wire wants. */
  void headWritten();

  /**
   * The next {@code length} bytes of {@code in} as body, framed as the head has said: takes all.
   */
  void sendData(ByteBuf in, int length);

  /** The end of the request, with the trailers of {@code body} if it has any. */
  void sendEnd(Body body);

  /** Sends what was gathered. */
  void flush();

  /** Whether more would be sent now, and not only queued. */
  boolean writable();

  /** Stops or resumes reading the answer: back-pressure from the client. */
  void setReading(boolean reading);

  /** After 101: from here on bytes pass as they are. */
  void tunnel();

  /** Ends the exchange without telling the attempt: nobody wants its answer any more. */
  void abandon();

  /** Goes back to its pool, nothing having been sent. */
  void giveBack();
}
