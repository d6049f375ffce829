package io.meridian.proxy.upstream;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.Trailers;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer that comes in DATA frames: how much there may be, and its trailers.
 *
 * @see "RFC 9113, 8.1.1: DATA must add up to Content-Length"
 */
final class StreamBody implements Body {
  private BodyKind kind = BodyKind.NONE;
  private long length;
  private long read;
  private boolean hasTrailers;
  private @Nullable Trailers trailers;

  void start(BodyKind bodyKind, long contentLength) {
    kind = bodyKind;
    length = contentLength;
    read = 0;
    hasTrailers = false;
  }

  /** Counts data; false if there must not be so much. */
  boolean add(int bytes) {
    read += bytes;
    return bytes == 0
        || kind == BodyKind.CHUNKED
        || kind == BodyKind.UNTIL_CLOSE
        || (kind == BodyKind.LENGTH && read <= length);
  }

  /** Whether it may end here. */
  boolean complete() {
    return kind != BodyKind.LENGTH || read == length;
  }

  /** Takes a trailer section, as text; false if it is not sound. */
  boolean trailers(ByteBuf section) {
    Trailers taken = trailers;
    if (taken == null) {
      taken = new Trailers();
      trailers = taken;
    }
    taken.clear();
    hasTrailers = true;
    return taken.feed(section) == Parse.DONE && !section.isReadable();
  }

  @Override
  public long read() {
    return read;
  }

  @Override
  public boolean hasTrailers() {
    return hasTrailers;
  }

  @Override
  public void copyTrailers(ByteBuf out) {
    Trailers taken = trailers;
    if (hasTrailers && taken != null) {
      taken.copyFields(out, 0);
    }
  }
}
