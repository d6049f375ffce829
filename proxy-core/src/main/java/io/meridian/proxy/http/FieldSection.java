package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Field lines, parsed in place: one byte array and a table of ranges in it (RFC 9112, 5). No byte
 * is looked at more than twice, however the input is cut. Reusable, for one thread; grows up to its
 * limits.
 */
public abstract sealed class FieldSection permits Head, Trailers {
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

  // the table: STRIDE ints per field
  private static final int STRIDE = 4;
  private static final int NAME_AT = 0;
  private static final int WORD_AT = 1; // name length, id, flags
  private static final int VALUE_AT = 2;
  private static final int VALUE_END_AT = 3;
  private static final int LENGTH_MASK = (1 << 24) - 1;
  private static final int ID_SHIFT = 24;
  private static final int ID_MASK = 63;
  private static final int CANONICAL = 1 << 30; // exactly "name: value CRLF"
  private static final int HOP_BY_HOP = 1 << 31; // to be left out, whatever its id

  private static final long CONNECTION_ONLY =
      FieldId.bit(FieldId.CONNECTION)
          | FieldId.bit(FieldId.CONTENT_LENGTH)
          | FieldId.bit(FieldId.TRANSFER_ENCODING)
          | FieldId.bit(FieldId.UPGRADE)
          | FieldId.bit(FieldId.TE)
          | FieldId.bit(FieldId.KEEP_ALIVE)
          | FieldId.bit(FieldId.PROXY_CONNECTION)
          | FieldId.bit(FieldId.PROXY_AUTHENTICATE)
          | FieldId.bit(FieldId.PROXY_AUTHORIZATION)
          | FieldId.bit(FieldId.PROXY_AUTHENTICATION_INFO)
          | FieldId.bit(FieldId.HTTP2_SETTINGS);
  private static final int SEPARATOR = ':' << 8 | ' ';
  private static final int CRLF = '\r' << 8 | '\n';

  final HeadLimits limits;
  private final int first; // the state to begin in
  byte[] bytes;
  private int[] table = new int[16 * STRIDE];
  private final int[] firstIndex = new int[ID_MASK + 1];
  private int count;
  private int end; // bytes received
  int pos; // bytes looked at
  int state;
  int line; // start of the current line
  private int colon;
  private long present; // ids seen
  private long repeated; // ids seen twice
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
    return count == limits.fields() ? Fault.TOO_MANY_FIELDS : enter(to);
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

  private void enter(int nameStart, int word, int id, int valueStart, int valueEnd) {
    long bit = FieldId.bit(id);
    if ((present & bit) == 0) {
      present |= bit;
      firstIndex[id] = count;
    } else {
      repeated |= bit;
    }
    int at = count * STRIDE;
    if (at == table.length) {
      table = Arrays.copyOf(table, table.length * 2);
    }
    table[at + NAME_AT] = nameStart;
    table[at + WORD_AT] = word | id << ID_SHIFT;
    table[at + VALUE_AT] = valueStart;
    table[at + VALUE_END_AT] = valueEnd;
    count++;
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

  /** The bytes that every range refers to; valid until {@link #clear} or the next {@link #feed}. */
  public final byte[] bytes() {
    return bytes;
  }

  public final int fieldCount() {
    return count;
  }

  /** An id of {@link FieldId}. */
  public final int fieldId(int i) {
    return table[i * STRIDE + WORD_AT] >> ID_SHIFT & ID_MASK;
  }

  public final int nameStart(int i) {
    return table[i * STRIDE + NAME_AT];
  }

  public final int nameLength(int i) {
    return table[i * STRIDE + WORD_AT] & LENGTH_MASK;
  }

  public final int valueStart(int i) {
    return table[i * STRIDE + VALUE_AT];
  }

  /** Without the white space around the value. */
  public final int valueLength(int i) {
    return table[i * STRIDE + VALUE_END_AT] - table[i * STRIDE + VALUE_AT];
  }

  /** Index of the first field with this id, or -1. */
  public final int indexOf(int fieldId) {
    return has(fieldId) ? firstIndex[fieldId] : -1;
  }

  public final boolean has(int fieldId) {
    return (present & FieldId.bit(fieldId)) != 0;
  }

  /**
   * Index of the next field of that name, in lower case, that goes end to end, from {@code from}
   * on; -1 if there is none. For names without an id of their own.
   */
  public final int find(String lower, int from) {
    for (int i = from; i < count; i++) {
      if (endToEnd(i) && Chars.is(bytes, nameStart(i), nameLength(i), lower)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Whether one of the fields of that name, each a list, holds that token by itself or with a
   * value; both in lower case.
   */
  public final boolean lists(String lower, String token) {
    for (int i = find(lower, 0); i >= 0; i = find(lower, i + 1)) {
      int p = valueStart(i);
      int to = p + valueLength(i);
      while (p < to) {
        int from = p;
        p = Chars.tokenEnd(bytes, p, to);
        if (Chars.is(bytes, from, p - from, token)) {
          return true;
        }
        for (boolean quoted = false; p < to && (quoted || bytes[p] != ','); p++) {
          if (bytes[p] == '"') {
            quoted = !quoted;
          } else if (quoted && bytes[p] == '\\') {
            p++;
          }
        }
        do {
          p++;
        } while (p < to && Chars.blank(bytes[p]));
      }
    }
    return false;
  }

  /** True if more than one field has this id. */
  public final boolean repeated(int fieldId) {
    return (repeated & FieldId.bit(fieldId)) != 0;
  }

  /** The name as text (slow path). */
  public final String name(int i) {
    return text(nameStart(i), nameLength(i));
  }

  /** The value as text, a character a byte (slow path). */
  public final String value(int i) {
    return text(valueStart(i), valueLength(i));
  }

  /** A range of {@link #bytes} as text, a character a byte (slow path). */
  public final String text(int start, int length) {
    return new String(bytes, start, length, StandardCharsets.ISO_8859_1);
  }

  /** False for fields that concern this connection only (RFC 9110, 7.6.1), and for framing. */
  public final boolean endToEnd(int i) {
    return kept(table[i * STRIDE + WORD_AT], CONNECTION_ONLY);
  }

  private static boolean kept(int word, long dropMask) {
    return word >= 0 && (dropMask >>> (word >> ID_SHIFT & ID_MASK) & 1) == 0;
  }

  /**
   * Writes the end-to-end fields whose id is not in the mask, each as {@code name: value CRLF};
   * neighbours that already look so are copied at once.
   */
  public final void copyFields(HeadBytes out, long dropMask) {
    int[] t = table;
    long drop = dropMask | CONNECTION_ONLY;
    int runStart = 0;
    int runEnd = 0;
    for (int at = 0, stop = count * STRIDE; at < stop; at += STRIDE) {
      int word = t[at + WORD_AT];
      if (!kept(word, drop)) {
        continue;
      }
      int name = t[at + NAME_AT];
      if ((word & CANONICAL) != 0) {
        if (name != runEnd) {
          copy(out, runStart, runEnd);
          runStart = name;
        }
        runEnd = t[at + VALUE_END_AT] + 2;
      } else {
        copy(out, runStart, runEnd);
        runStart = runEnd = 0;
        int value = t[at + VALUE_AT];
        out.writeBytes(bytes, name, word & LENGTH_MASK).writeShort(SEPARATOR);
        out.writeBytes(bytes, value, t[at + VALUE_END_AT] - value).writeShort(CRLF);
      }
    }
    copy(out, runStart, runEnd);
  }

  /** The same, for whoever writes nothing else there. */
  public final void copyFields(ByteBuf out, long dropMask) {
    HeadBytes lines = HeadBytes.begin();
    copyFields(lines, dropMask);
    lines.writeTo(out);
  }

  private void copy(HeadBytes out, int start, int to) {
    if (to > start) {
      out.writeBytes(bytes, start, to - start);
    }
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

  /** Marks a field as one that goes no further. */
  final void drop(int i) {
    table[i * STRIDE + WORD_AT] |= HOP_BY_HOP;
  }

  /** Takes {@link #drop} back. */
  final void undrop(int i) {
    table[i * STRIDE + WORD_AT] &= ~HOP_BY_HOP;
  }

  /** Cuts bytes off the end of a value. */
  final void shorten(int i, int by) {
    table[i * STRIDE + VALUE_END_AT] -= by;
    table[i * STRIDE + WORD_AT] &= ~CANONICAL;
  }

  /** Why BAD. */
  public final Fault fault() {
    return fault;
  }

  /** True once a byte of the section has been seen; empty lines before a request are none. */
  public final boolean started() {
    return state != first || count > 0;
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
    if (table.length > KEPT / Integer.BYTES) {
      table = new int[16 * STRIDE];
    }
    count = 0;
    end = 0;
    pos = 0;
    state = first;
    present = 0;
    repeated = 0;
    fault = Fault.NONE;
  }
}
