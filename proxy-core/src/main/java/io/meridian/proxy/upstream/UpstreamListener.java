package io.meridian.proxy.upstream;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** What one attempt hears from its connection, all on its event loop. */
public interface UpstreamListener {
  /** Whether its request asks for another protocol (WebSocket). */
  boolean upgrade();

  /** Whose request it is; null: nobody's. Asked only where endpoints are told. */
  @Nullable ClientEnds client();

  /** The connection that was asked for is open. */
  void connected(UpstreamConnection connection);

  /** It could not be opened. */
  void connectFailed(UpstreamFailure why);

  /** A 1xx head other than 101; another head follows. */
  void informational(ResponseHead head);

  /** The final head, or 101. */
  void head(ResponseHead head);

  /** The next {@code length} bytes of {@code in} are body: take them all. */
  void data(ByteBuf in, int length);

  /** The answer is complete. The connection has gone back to its pool, or is closing. */
  void end(Body body);

  /** All bytes that had arrived were passed on. */
  void readComplete();

  /** The connection is of no use any more. */
  void failed(UpstreamFailure why);

  /** The socket takes bytes again. */
  void writable();
}
