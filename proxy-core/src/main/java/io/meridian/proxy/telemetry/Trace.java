package io.meridian.proxy.telemetry;

import io.meridian.config.Tracing;
import io.meridian.config.Tracing.ParentFrom;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.HeadBytes;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A request's place in a distributed trace: the client's if it is believed and well formed, else a
 * new one. Each attempt has a span of its own, whose id follows from that of the exchange.
 * Immutable.
 *
 * @see "W3C, Trace Context, level 1, section 3.2"
 */
public final class Trace {
  private static final byte[] FIELD = "\r\ntraceparent: 00-".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** Bytes of a {@code traceparent} of version 00. */
  private static final int LENGTH = 55;

  private static final int TRACE_AT = 3;
  private static final int SPAN_AT = 36;
  private static final int FLAGS_AT = 53;

  /** Bytes that {@link #write} adds. */
  public static final int FIELD_LENGTH = 15 + LENGTH;

  /** 2^64 divided by the golden ratio. */
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final long high;
  private final long low;
  private final long parent;
  private final long span;
  private final boolean continued;
  private final boolean sampled;
  private final boolean exported;

  Trace(
      long high,
      long low,
      long parent,
      long span,
      boolean continued,
      boolean sampled,
      boolean exported) {
    this.high = high;
    this.low = low;
    this.parent = parent;
    this.span = span;
    this.continued = continued;
    this.sampled = sampled;
    this.exported = exported;
  }

  /**
   * The trace that a request belongs to.
   *
   * @param trusted whether a trusted proxy sent it
   * @param random 64 bits each
   */
  public static Trace of(Tracing tracing, RequestHead head, boolean trusted, LongSupplier random) {
    boolean exported = tracing.otlp() != null;
    long span = nonZero(random);
    if (trusted || tracing.parentFrom() == ParentFrom.ANYONE) {
      Trace parent = parse(head, span, exported);
      if (parent != null) {
        return parent;
      }
    }
    boolean sampled =
        tracing.oneIn() == 1 || Long.remainderUnsigned(random.getAsLong(), tracing.oneIn()) == 0;
    return new Trace(nonZero(random), nonZero(random), 0, span, false, sampled, exported);
  }

  private static long nonZero(LongSupplier random) {
    long bits = random.getAsLong();
    return bits == 0 ? GOLDEN : bits;
  }

  /** Reads the only {@code traceparent}; null if there is none, or several, or none that is one. */
  private static @Nullable Trace parse(RequestHead head, long span, boolean exported) {
    if (!head.has(FieldId.TRACEPARENT)) {
      return null;
    }
    int field = head.indexOf(FieldId.TRACEPARENT);
    for (int i = field + 1; i < head.fieldCount(); i++) {
      if (head.fieldId(i) == FieldId.TRACEPARENT) {
        return null;
      }
    }
    return parse(head.bytes(), head.valueStart(field), head.valueLength(field), span, exported);
  }

  /** Reads a {@code traceparent}; null if it is none. */
  static @Nullable Trace parse(byte[] from, int at, int length, long span, boolean exported) {
    boolean framed =
        length >= LENGTH
            && from[at + TRACE_AT - 1] == '-'
            && from[at + SPAN_AT - 1] == '-'
            && from[at + FLAGS_AT - 1] == '-'
            && isHex(from, at, 2)
            && isHex(from, at + TRACE_AT, 32)
            && isHex(from, at + SPAN_AT, 16)
            && isHex(from, at + FLAGS_AT, 2);
    if (!framed) {
      return null;
    }
    int version = (int) hex(from, at, 2);
    boolean known = version == 0 ? length == LENGTH : length == LENGTH || from[at + LENGTH] == '-';
    long high = hex(from, at + TRACE_AT, 16);
    long low = hex(from, at + TRACE_AT + 16, 16);
    long parent = hex(from, at + SPAN_AT, 16);
    if (version == 0xff || !known || (high | low) == 0 || parent == 0) {
      return null;
    }
    boolean sampled = (hex(from, at + FLAGS_AT, 2) & 1) != 0;
    return new Trace(high, low, parent, span, true, sampled, exported);
  }

  private static boolean isHex(byte[] from, int at, int count) {
    for (int i = at; i < at + count; i++) {
      boolean digit = from[i] >= '0' && from[i] <= '9';
      if (!digit && (from[i] < 'a' || from[i] > 'f')) {
        return false;
      }
    }
    return true;
  }

  private static long hex(byte[] from, int at, int count) {
    long value = 0;
    for (int i = at; i < at + count; i++) {
      value = value << 4 | (from[i] <= '9' ? from[i] - '0' : from[i] - 'a' + 10);
    }
    return value;
  }

  /** Whether a parent's trace goes on here; else it begins. */
  public boolean continued() {
    return continued;
  }

  /** Whether the parent's fields pass as they are: no span of ours comes between. */
  public boolean passes() {
    return continued && !exported;
  }

  /** Whether spans are to be made. */
  public boolean recorded() {
    return sampled && exported;
  }

  /** Writes the end of a line and {@code traceparent} without its end, for an attempt. */
  public void write(HeadBytes out, int attempt) {
    out.writeBytes(FIELD);
    hex(out, high);
    hex(out, low);
    out.writeByte('-');
    hex(out, exported ? attemptSpan(attempt) : span);
    out.writeByte('-').writeByte('0').writeByte(sampled ? '1' : '0');
  }

  private static void hex(HeadBytes out, long value) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      out.writeByte(HEX[(int) (value >>> shift) & 15]);
    }
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }

  /** 0 if there is none. */
  long parent() {
    return parent;
  }

  long span() {
    return span;
  }

  /**
   * The span of an attempt (SplitMix64's mix, a bijection: those of one exchange differ).
   *
   * @param number from 1
   */
  long attemptSpan(int number) {
    long z = span + number * GOLDEN;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    z ^= z >>> 31;
    return z == 0 ? GOLDEN : z;
  }
}
