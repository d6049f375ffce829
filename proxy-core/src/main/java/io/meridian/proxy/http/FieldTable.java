package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Fields as ranges of one byte array: where each name and value is, what it is, and whether it goes
 * on to the next peer. Reusable, for one thread.
 */
public abstract sealed class FieldTable permits FieldSection {
  private static final int KEPT = 2048; // ints

  // the table: STRIDE ints per field
  private static final int STRIDE = 4;
  private static final int NAME_AT = 0;
  private static final int WORD_AT = 1; // name length, id, flags
  private static final int VALUE_AT = 2;
  private static final int VALUE_END_AT = 3;
  private static final int LENGTH_MASK = (1 << 24) - 1;
  private static final int ID_SHIFT = 24;
  private static final int ID_MASK = 63;
  static final int CANONICAL = 1 << 30; // exactly "name: value CRLF"
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

  byte[] bytes = {};
  private int[] table = new int[16 * STRIDE];
  private final int[] firstIndex = new int[ID_MASK + 1];
  private int count;
  private long present; // ids seen
  private long repeated; // ids seen twice

  FieldTable() {}

  /**
   * Enters a field.
   *
   * @param word the length of its name, and {@link #CANONICAL} if its line is just so
   */
  final void enter(int nameStart, int word, int id, int valueStart, int valueEnd) {
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

  /**
   * The bytes that every range refers to; valid until {@link FieldSection#clear} or the next {@link
   * FieldSection#feed}.
   */
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

  /** Empties the table, and gives back memory that only a large section needed. */
  final void forget() {
    if (table.length > KEPT) {
      table = new int[16 * STRIDE];
    }
    count = 0;
    present = 0;
    repeated = 0;
  }
}
