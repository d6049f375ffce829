package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Finds the end of one body at a time (RFC 9112, 6.3 and 7.1). It looks at the framing only and
 * never touches the data. Allocates nothing but, once, room for trailers. For one thread.
 */
public final class BodyReader implements Body {
  /** All of the input is used up. */
  public static final int MORE = -1;

  /** The body is complete; the reader index is just behind it. */
  public static final int DONE = -2;

  /** Refused, see {@link #fault}; what was given out so far must not be made to look whole. */
  public static final int BAD = -3;

  private static final int MAX_SIZE_DIGITS = 16;
  private static final int MAX_EXTENSION = 256; // bytes, of one chunk
  private static final int MAX_EXTENSIONS = 16 * 1024; // bytes, of all chunks of a body

  private enum State {
    SIZE,
    EXTENSION,
    SIZE_LF,
    CHUNK,
    CHUNK_CR,
    CHUNK_LF,
    TRAILER_START,
    TRAILER_LF,
    TRAILERS,
    LENGTH,
    UNTIL_CLOSE,
    DONE,
    BAD
  }

  private State state = State.DONE;
  private long left; // of the chunk or of the whole
  private long read;
  private int digits;
  private int extension;
  private int extensions;
  private boolean hasTrailers;
  private @Nullable Trailers trailers;
  private Fault fault = Fault.NONE;

  /**
   * Begins the next body.
   *
   * @param length for {@link BodyKind#LENGTH} the number of bytes, else without meaning
   */
  public void start(BodyKind kind, long length) {
    read = 0;
    left = 0;
    digits = 0;
    extension = 0;
    extensions = 0;
    fault = Fault.NONE;
    if (hasTrailers && trailers != null) {
      trailers.clear();
    }
    hasTrailers = false;
    switch (kind) {
      case NONE -> state = State.DONE;
      case LENGTH -> {
        left = length;
        state = length > 0 ? State.LENGTH : State.DONE;
      }
      case CHUNKED -> state = State.SIZE;
      case UNTIL_CLOSE -> state = State.UNTIL_CLOSE;
    }
  }

  /**
   * Returns n &gt; 0: the next n bytes at the reader index are body; the caller takes them all and
   * advances the reader index by n before the next call. Otherwise MORE, DONE or BAD.
   */
  public int next(ByteBuf in) {
    while (true) {
      int readable = in.readableBytes();
      switch (state) {
        case DONE -> {
          return DONE;
        }
        case BAD -> {
          return BAD;
        }
        case LENGTH, CHUNK -> {
          return readable == 0 ? MORE : take((int) Math.min(left, readable));
        }
        case UNTIL_CLOSE -> {
          read += readable;
          return readable == 0 ? MORE : readable;
        }
        case TRAILERS -> trailers(in);
        default -> {
          if (readable == 0) {
            return MORE;
          }
          frame(in);
        }
      }
      if (state == State.TRAILERS && !in.isReadable()) {
        return MORE;
      }
    }
  }

  private int take(int n) {
    read += n;
    left -= n;
    if (left == 0) {
      state = state == State.LENGTH ? State.DONE : State.CHUNK_CR;
    }
    return n;
  }

  /** One byte of the chunked coding. */
  private void frame(ByteBuf in) {
    byte c = in.readByte();
    switch (state) {
      case SIZE -> size(c);
      case EXTENSION -> {
        extensions++;
        if (c == '\r') {
          state = State.SIZE_LF;
        } else if (!Chars.chunkExtension(c)
            || ++extension > MAX_EXTENSION
            || extensions > MAX_EXTENSIONS) {
          refuse(Fault.CHUNK_EXTENSION);
        }
      }
      case SIZE_LF -> {
        digits = 0;
        expect(c, '\n', left == 0 ? State.TRAILER_START : State.CHUNK, Fault.CHUNK_SIZE);
      }
      case CHUNK_CR -> expect(c, '\r', State.CHUNK_LF, Fault.CHUNK_END);
      case CHUNK_LF -> expect(c, '\n', State.SIZE, Fault.CHUNK_END);
      case TRAILER_START -> {
        if (c == '\r') {
          state = State.TRAILER_LF;
        } else {
          in.readerIndex(in.readerIndex() - 1);
          state = State.TRAILERS;
        }
      }
      default -> expect(c, '\n', State.DONE, Fault.LINE_END);
    }
  }

  private void size(byte c) {
    int digit = Chars.hex(c);
    if (digit >= 0) {
      left = left << 4 | digit;
      if (++digits > MAX_SIZE_DIGITS || left < 0) {
        refuse(Fault.CHUNK_SIZE);
      }
    } else if (digits == 0) {
      refuse(Fault.CHUNK_SIZE);
    } else if (c == '\r') {
      state = State.SIZE_LF;
    } else if (c == ';') {
      extension = 0;
      state = State.EXTENSION;
    } else {
      refuse(Fault.CHUNK_SIZE);
    }
  }

  private void expect(byte c, char expected, State then, Fault otherwise) {
    if (c == expected) {
      state = then;
    } else {
      refuse(otherwise);
    }
  }

  private void refuse(Fault why) {
    fault = why;
    state = State.BAD;
  }

  private void trailers(ByteBuf in) {
    if (trailers == null) {
      trailers = new Trailers();
    }
    hasTrailers = true;
    switch (trailers.feed(in)) {
      case MORE -> {}
      case DONE -> state = State.DONE;
      case BAD -> refuse(trailers.fault());
    }
  }

  /** True once the body is complete. */
  public boolean done() {
    return state == State.DONE;
  }

  /** True while the body lasts until the peer closes. */
  public boolean untilClose() {
    return state == State.UNTIL_CLOSE;
  }

  /** The peer has ended its input: true if the body is complete by that, or was before. */
  public boolean closed() {
    if (state == State.UNTIL_CLOSE) {
      state = State.DONE;
    }
    return state == State.DONE;
  }

  @Override
  public long read() {
    return read;
  }

  /** The trailer section; null if the body, complete, had none. */
  public @Nullable Trailers trailers() {
    return hasTrailers() ? trailers : null;
  }

  @Override
  public boolean hasTrailers() {
    return hasTrailers && state == State.DONE;
  }

  @Override
  public void copyTrailers(ByteBuf out) {
    Trailers section = trailers();
    if (section != null) {
      section.copyFields(out, 0);
    }
  }

  public Fault fault() {
    return fault;
  }
}
