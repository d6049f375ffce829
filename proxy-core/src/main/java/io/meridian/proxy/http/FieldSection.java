package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Field lines, parsed in place into a {@link FieldTable} (RFC 9112, 5). No byte is looked at more
 * than twice, however the input is cut. Reusable, for one thread; grows up to its limits.
 */
public abstract sealed class FieldSection extends FieldTable permits Head, Trailers {
  private static final int WINDOW = 2048;
  private static final int KEPT = 8192;
  private static final int STEP = 512; // bytes taken at once: little of a body that follows

  // where in the grammar pos stands
  static final int START = 0;
  static final int START_LINE = 1;
  static final int START_LINE_LF = 2;
  static final int NAME_START = 3;
  static final int NAME = 4;
  static final int VALUE = 5;
  static final int VALUE_LF = 6;
  static final int END_LF = 7;
  private static final int COMPLETE = 8;

  final HeadLimits limits;
  private final int first; // the state to begin in
  private int end; // bytes received
  int pos; // bytes looked at
  int state;
  int line; // start of the current line
  private int colon;
  private Fault fault = Fault.NONE;

  FieldSection(HeadLimits limits, int first) {
    this.limits = limits;
    this.first = first;
    this.state = first;
    this.bytes = new byte[Math.min(WINDOW, limits.head())];
  }

  /** Checks the start line in [line, to). */
  abstract Fault startLine(int to);

  /** Checks the whole, at its end. */
  abstract Fault complete();

  /** What a start line, or the bytes seen of it, that is over its limit is called. */
  abstract Fault startLineTooLong();

  /** Whether a field whose name differs from a known one by underscores only may pass. */
  abstract boolean aliases();

  /**
   * Takes bytes up to the end of the section, and none behind it. After BAD the section stays BAD,
   * and how many bytes were taken means nothing.
   */
  public final Parse feed(ByteBuf in) {
    if (state == COMPLETE) {
      return fault == Fault.NONE ? Parse.DONE : Parse.BAD;
    }
    while (true) {
      int n = Math.min(Math.min(in.readableBytes(), STEP), bytes.length - end);
      in.readBytes(bytes, end, n);
      end += n;
      Fault found = parse();
      if (state == COMPLETE || found != Fault.NONE) {
        in.readerIndex(in.readerIndex() - (end - pos));
        end = pos;
        return found == Fault.NONE ? Parse.DONE : refuse(found);
      }
      if (end == limits.head()) {
        return refuse(state <= START_LINE_LF ? startLineTooLong() : Fault.HEAD_TOO_LARGE);
      }
      if (!in.isReadable()) {
        return Parse.MORE;
      }
      if (end == bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.min(bytes.length * 2, limits.head()));
      }
    }
  }

  private Parse refuse(Fault why) {
    fault = why;
    state = COMPLETE;
    return Parse.BAD;
  }

  private Fault parse() {
    byte[] b = bytes;
    int to = end;
    int p = pos;
    Fault found = Fault.NONE;
    while (p < to && found == Fault.NONE && state != COMPLETE) {
      switch (state) {
        case START -> {
          line = p;
          state = START_LINE;
        }
        case START_LINE -> {
          p = Chars.textEnd(b, p, to);
          if (p - line > limits.requestLine()) {
            found = startLineTooLong();
          } else if (p < to) {
            found = b[p] == '\r' ? Fault.NONE : badLineByte(b[p], Fault.REQUEST_LINE);
            p++;
            state = START_LINE_LF;
          }
        }
        case START_LINE_LF -> {
          found = b[p] != '\n' ? Fault.LINE_END : startLine(p - 1);
          p++;
          if (state == START_LINE_LF) {
            state = NAME_START;
          }
        }
        case NAME_START -> {
          p = wholeLines(b, p, to);
          line = p;
          if (p == to) {
            break;
          }
          if (b[p] == '\r') {
            p++;
            state = END_LF;
          } else if (Chars.blank(b[p])) {
            found = Fault.FIELD_FOLDED;
          } else {
            state = NAME;
          }
        }
        case NAME -> {
          p = Chars.tokenEnd(b, p, to);
          if (p < to) {
            colon = p;
            found = b[p] == ':' && p > line ? Fault.NONE : badLineByte(b[p], Fault.FIELD_NAME);
            p++;
            state = VALUE;
          }
        }
        case VALUE -> {
          p = Chars.textEnd(b, p, to);
          if (p < to) {
            found = b[p] == '\r' ? Fault.NONE : badLineByte(b[p], Fault.FIELD_VALUE);
            p++;
            state = VALUE_LF;
          }
        }
        case VALUE_LF -> {
          found = b[p] != '\n' ? Fault.LINE_END : field(p - 1);
          p++;
          state = NAME_START;
        }
        default -> {
          found = b[p] != '\n' ? Fault.LINE_END : complete();
          p++;
          state = COMPLETE;
        }
      }
    }
    pos = p;
    return found;
  }

  /**
   * Enters the lines that are all there and well formed; the index of the first that is not, for
   * the slower way above. So no byte is looked at more than twice.
   */
  private int wholeLines(byte[] b, int from, int to) {
    int p = from;
    while (true) {
      int nameEnd = Chars.tokenEnd(b, p, to);
      if (nameEnd == to || nameEnd == p || b[nameEnd] != ':') {
        return p;
      }
      int stop = Chars.textEnd(b, nameEnd + 1, to);
      if (stop + 1 >= to || b[stop] != '\r' || b[stop + 1] != '\n') {
        return p;
      }
      line = p;
      colon = nameEnd;
      if (field(stop) != Fault.NONE) {
        return p;
      }
      p = stop + 2;
    }
  }

  private static Fault badLineByte(byte c, Fault other) {
    return c == '\r' || c == '\n' ? Fault.LINE_END : other;
  }

  /** Enters the field line in [line, to) into the table. */
  private Fault field(int to) {
    return fieldCount() == limits.fields() ? Fault.TOO_MANY_FIELDS : enter(to);
  }

  private Fault enter(int to) {
    byte[] b = bytes;
    int from = colon + 1;
    int start = from;
    int stop = to;
    while (start < stop && Chars.blank(b[start])) {
      start++;
    }
    while (stop > start && Chars.blank(b[stop - 1])) {
      stop--;
    }
    int id = FieldId.of(b, line, colon - line);
    int word = colon - line;
    if (id < 0) {
      if (!aliases()) {
        return Fault.FIELD_ALIAS;
      }
      id = FieldId.OTHER;
    }
    boolean spaced = start == from + 1 && b[from] == ' ';
    if (stop == to && (spaced || from == to)) {
      word |= CANONICAL;
    }
    enter(line, word, id, start, stop);
    return Fault.NONE;
  }

  /** Adds a field of the proxy's own to a complete section; name and value are Latin-1. */
  final void append(String name, String value) {
    int start = end;
    int valueStart = start + name.length() + 2;
    int valueEnd = valueStart + value.length();
    if (valueEnd + 2 > bytes.length) {
      bytes = Arrays.copyOf(bytes, valueEnd + 2);
    }
    byte[] text = (name + ": " + value + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(text, 0, bytes, start, text.length);
    end = pos = start + text.length;
    int id = Math.abs(FieldId.of(bytes, start, name.length()));
    enter(start, name.length() | CANONICAL, id, valueStart, valueEnd);
  }

  /**
   * Adds a field behind the last one of a section that is complete, as if its sender had: for what
   * the proxy itself has to say.
   */
  public final void append(byte[] name, byte[] value) {
    int length = name.length + 2 + value.length + 2;
    if (pos + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, pos + length));
    }
    byte[] b = bytes;
    line = pos;
    colon = line + name.length;
    System.arraycopy(name, 0, b, line, name.length);
    b[colon] = ':';
    b[colon + 1] = ' ';
    System.arraycopy(value, 0, b, colon + 2, value.length);
    int to = colon + 2 + value.length;
    b[to] = '\r';
    b[to + 1] = '\n';
    enter(to);
    pos += length;
    end = pos;
  }

  /** Why BAD. */
  public final Fault fault() {
    return fault;
  }

  /** True once a byte of the section has been seen; empty lines before a request are none. */
  public final boolean started() {
    return state != first || fieldCount() > 0;
  }

  /** Bytes taken so far. */
  public final int length() {
    return pos;
  }

  /** Makes ready for the next section, and gives back memory that only a large one needed. */
  public void clear() {
    if (bytes.length > Math.min(KEPT, limits.head())) {
      bytes = new byte[Math.min(WINDOW, limits.head())];
    }
    forget();
    end = 0;
    pos = 0;
    state = first;
    fault = Fault.NONE;
  }
}
