package io.meridian.health;

import io.netty.buffer.ByteBuf;

/** Reads a body in chunks, with its trailers (RFC 9112, 7.1). One thread. */
final class Chunks {
  private static final int LONGEST_LINE = 4096;
  private static final int MOST_TRAILERS = 16 * 1024;
  private static final int MOST_DIGITS = 8;

  private enum Step {
    SIZE,
    DATA,
    DATA_END,
    TRAILER,
    DONE,
    BAD
  }

  private Step step = Step.DONE;
  private long left; // of this chunk
  private int line; // bytes of this line
  private int digits; // of the chunk's size
  private boolean extended; // what follows the size is passed over
  private boolean returned; // the last byte was a CR
  private int trailers; // bytes

  void begin() {
    trailers = 0;
    startLine(Step.SIZE);
    left = 0;
  }

  boolean complete() {
    return step == Step.DONE;
  }

  boolean bad() {
    return step == Step.BAD;
  }

  /** Takes bytes until they or the body end. */
  void read(ByteBuf in, BodyText body) {
    while (in.isReadable() && !complete() && !bad()) {
      if (step == Step.DATA) {
        int some = (int) Math.min(left, in.readableBytes());
        body.add(in, some);
        left -= some;
        if (left == 0) {
          startLine(Step.DATA_END);
        }
      } else {
        line(in.readByte());
      }
    }
  }

  private void startLine(Step next) {
    step = next;
    line = 0;
    digits = 0;
    extended = false;
    returned = false;
  }

  private void line(byte b) {
    if (returned) {
      if (b == '\n') {
        lineEnds();
      } else {
        step = Step.BAD;
      }
    } else if (b == '\r') {
      returned = true;
    } else if (b == '\n' || ++line > LONGEST_LINE) {
      step = Step.BAD;
    } else if (step == Step.SIZE) {
      size(b);
    } else if (step == Step.DATA_END || ++trailers > MOST_TRAILERS) {
      step = Step.BAD;
    }
  }

  private void size(byte b) {
    int digit = Character.digit(b, 16);
    if (!extended && digit >= 0 && digits < MOST_DIGITS) {
      left = left << 4 | digit;
      digits++;
    } else if (digits > 0 && (extended || b == ';' || b == ' ' || b == '\t')) {
      extended = true;
    } else {
      step = Step.BAD;
    }
  }

  private void lineEnds() {
    switch (step) {
      case SIZE -> {
        boolean last = left == 0;
        startLine(digits == 0 ? Step.BAD : last ? Step.TRAILER : Step.DATA);
      }
      case DATA_END -> startLine(Step.SIZE);
      case TRAILER -> startLine(line == 0 ? Step.DONE : Step.TRAILER);
      case DATA, DONE, BAD -> throw new IllegalStateException("no line in " + step);
    }
  }
}
