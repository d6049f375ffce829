package io.meridian.geo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.maxmind.db.InvalidDatabaseException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;

/**
 * A data section, read strictly: whatever is out of bounds, of an unknown type or an unfit size is
 * refused. Positions are indexes into the file; pointers count from the section's begin. One
 * thread.
 *
 * @see "MaxMind DB File Format Specification 2.0, Output Data Section"
 */
final class MmdbData {
  private static final int POINTER = 1;
  private static final int STRING = 2;
  private static final int DOUBLE = 3;
  private static final int BYTES = 4;
  private static final int UINT16 = 5;
  private static final int UINT32 = 6;
  private static final int MAP = 7;
  private static final int INT32 = 8;
  private static final int UINT64 = 9;
  private static final int UINT128 = 10;
  private static final int ARRAY = 11;
  private static final int BOOLEAN = 14;
  private static final int FLOAT = 15;
  private static final int MAX_DEPTH = 64;

  private final byte[] file;
  private final int begin;
  private final int end;
  private final long[] verified; // one bit a position: the value there is whole
  private long stepsLeft; // bounds the time a file made to overlap itself can cost

  // the value at which open() stands
  private int type;
  private int size; // bytes, entries or the boolean; a pointer's is 0
  private int body; // first byte after the control bytes
  private int target; // of a pointer

  MmdbData(byte[] file, int begin, int end) {
    this.file = file;
    this.begin = begin;
    this.end = end;
    verified = new long[((end - begin) >>> 6) + 1];
    stepsLeft = 1_000_000 + 32L * (end - begin);
  }

  /** Checks the value at a position and all that it points to; each position once. */
  void verify(int position) throws InvalidDatabaseException {
    verify(position, 0);
  }

  /** Returns the position after the value. */
  private int verify(int position, int depth) throws InvalidDatabaseException {
    if (depth > MAX_DEPTH) {
      throw broken("values nested deeper than " + MAX_DEPTH, position);
    }
    open(position);
    if (type == POINTER) {
      int next = body;
      int there = target;
      int bit = there - begin;
      if ((verified[bit >>> 6] >>> bit & 1) == 0) {
        open(there);
        if (type == POINTER) {
          throw broken("a pointer to a pointer", position);
        }
        verify(there, depth + 1);
        verified[bit >>> 6] |= 1L << bit;
      }
      return next;
    }
    int entries = size;
    int next = body;
    if (type == STRING) {
      checkText(next, entries);
    } else if (type == MAP) {
      for (int i = 0; i < entries; i++) {
        open(resolve(next));
        if (type != STRING) {
          throw broken("a key that is no text", next);
        }
        next = verify(verify(next, depth + 1), depth + 1);
      }
      return next;
    } else if (type == ARRAY) {
      for (int i = 0; i < entries; i++) {
        next = verify(next, depth + 1);
      }
      return next;
    }
    return type == BOOLEAN ? next : next + entries;
  }

  /** The position of a map's value, or -1 if the map lacks the key. */
  int find(int map, byte[] key) throws InvalidDatabaseException {
    open(resolve(map));
    if (type != MAP) {
      throw broken("type " + type + " (expected: a map)", map);
    }
    int entries = size;
    int next = body;
    for (int i = 0; i < entries; i++) {
      open(next);
      int after = type == POINTER ? body : body + size;
      if (type == POINTER) {
        open(target);
      }
      if (type != STRING) {
        throw broken("a key that is no text", next);
      }
      if (size == key.length && Arrays.equals(file, body, body + key.length, key, 0, key.length)) {
        return after;
      }
      next = skip(after, 0);
    }
    return -1;
  }

  /** The position of an array's first element, or -1 if it is empty. */
  int first(int array) throws InvalidDatabaseException {
    open(resolve(array));
    if (type != ARRAY) {
      throw broken("type " + type + " (expected: an array)", array);
    }
    return size == 0 ? -1 : body;
  }

  String text(int position) throws InvalidDatabaseException {
    open(resolve(position));
    if (type != STRING) {
      throw broken("type " + type + " (expected: text)", position);
    }
    return new String(file, body, size, UTF_8);
  }

  double real(int position) throws InvalidDatabaseException {
    open(resolve(position));
    return switch (type) {
      case DOUBLE -> Double.longBitsToDouble(bits());
      case FLOAT -> Float.intBitsToFloat((int) bits());
      default -> throw broken("type " + type + " (expected: a double)", position);
    };
  }

  /** An unsigned or signed whole number that fits a long. */
  long whole(int position) throws InvalidDatabaseException {
    open(resolve(position));
    long bits = bits();
    return switch (type) {
      case UINT16, UINT32 -> bits;
      case INT32 -> (int) bits;
      case UINT64 -> {
        if (bits < 0) {
          throw broken("number " + new BigInteger(Long.toUnsignedString(bits)), position);
        }
        yield bits;
      }
      default -> throw broken("type " + type + " (expected: a whole number)", position);
    };
  }

  private long bits() {
    long bits = 0;
    for (int i = 0; i < size && i < 8; i++) {
      bits = bits << 8 | (file[body + i] & 0xff);
    }
    return bits;
  }

  private int resolve(int position) throws InvalidDatabaseException {
    open(position);
    return type == POINTER ? target : position;
  }

  private int skip(int position, int depth) throws InvalidDatabaseException {
    if (depth > MAX_DEPTH) {
      throw broken("values nested deeper than " + MAX_DEPTH, position);
    }
    open(position);
    int next = body;
    int entries = type == MAP ? size * 2 : size;
    if (type == MAP || type == ARRAY) {
      for (int i = 0; i < entries; i++) {
        next = skip(next, depth + 1);
      }
      return next;
    }
    return type == POINTER || type == BOOLEAN ? next : next + entries;
  }

  /** Reads the control bytes at a position and checks that the value lies within the section. */
  private void open(int position) throws InvalidDatabaseException {
    if (--stepsLeft < 0) {
      throw broken("data that overlaps itself too often", position);
    }
    int at = position;
    int control = octet(at++);
    int kind = control >>> 5;
    if (kind == POINTER) {
      at = openPointer(control, at);
      type = POINTER;
      size = 0;
      body = at;
      return;
    }
    if (kind == 0) {
      kind = octet(at++) + 7;
      if (kind < INT32) {
        throw broken("type " + kind, position);
      }
    }
    int length = control & 0x1f;
    if (length > 28) {
      int more = length - 28;
      int base = more == 1 ? 29 : more == 2 ? 285 : 65_821;
      int extra = 0;
      for (int i = 0; i < more; i++) {
        extra = extra << 8 | octet(at++);
      }
      length = base + extra;
    }
    checkSize(kind, length, at, position);
    type = kind;
    size = length;
    body = at;
  }

  private int openPointer(int control, int from) throws InvalidDatabaseException {
    int at = from;
    int bytes = (control >>> 3 & 3) + 1;
    long value = bytes == 4 ? 0 : control & 7;
    for (int i = 0; i < bytes; i++) {
      value = value << 8 | octet(at++);
    }
    value += bytes == 2 ? 2048 : bytes == 3 ? 526_336 : 0;
    if (value >= end - begin) {
      throw broken("a pointer to " + value + " of " + (end - begin), from);
    }
    target = begin + (int) value;
    return at;
  }

  private void checkSize(int kind, int length, int at, int position)
      throws InvalidDatabaseException {
    boolean fits =
        switch (kind) {
          case STRING, BYTES -> length <= end - at;
          case DOUBLE -> length == 8 && length <= end - at;
          case FLOAT -> length == 4 && length <= end - at;
          case UINT16 -> length <= 2 && length <= end - at;
          case UINT32, INT32 -> length <= 4 && length <= end - at;
          case UINT64 -> length <= 8 && length <= end - at;
          case UINT128 -> length <= 16 && length <= end - at;
          case BOOLEAN -> length <= 1;
          case MAP -> length <= (end - at) / 2;
          case ARRAY -> length <= end - at;
          default -> throw broken("type " + kind, position);
        };
    if (!fits) {
      throw broken("type " + kind + " with size " + length, position);
    }
  }

  private int octet(int at) throws InvalidDatabaseException {
    if (at < begin || at >= end) {
      throw broken("a value that runs out of the section", at);
    }
    return file[at] & 0xff;
  }

  private void checkText(int at, int length) throws InvalidDatabaseException {
    for (int i = at; i < at + length; i++) {
      if (file[i] < 0) {
        try {
          UTF_8.newDecoder().decode(ByteBuffer.wrap(file, at, length));
        } catch (CharacterCodingException e) {
          throw new InvalidDatabaseException("text at " + at + " is not UTF-8", e);
        }
        return;
      }
    }
  }

  private static InvalidDatabaseException broken(String what, int position) {
    return new InvalidDatabaseException("at byte " + position + ": " + what);
  }
}
