package io.meridian.health;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One answer to an HTTP/1.1 request, read as its bytes come: status, fields, where it ends, and
 * whether another may follow on the connection (RFC 9112, 6.3 and 9.3). Strict: what two readers
 * could take for two things is bad. Used again for each answer. One thread.
 */
final class HttpAnswer {
  /** Of a head, or of several interim ones and the last together. */
  private static final int MAX_HEAD = 16 * 1024;

  private static final int MAX_LINE = 4096;
  private static final int MAX_BODY = 64 * 1024;
  private static final int FIRST_ROOM = 512;

  private enum Step {
    HEAD,
    LENGTH,
    CHUNKS,
    /** Up to the end of the connection. */
    REST,
    DONE,
    BAD
  }

  private final Chunks chunks = new Chunks();
  private final BodyText body = new BodyText(MAX_BODY);
  private Step step = Step.DONE;
  private boolean toHead;
  private byte[] head = new byte[FIRST_ROOM];
  private int used; // of it
  private int headBytes; // interim heads too
  private int status;
  private boolean persistent;
  private long left; // of the body

  /**
   * Expects another answer.
   *
   * @param forHead whether the request's method was HEAD
   * @param expected text to look for in the body; empty: none
   */
  void begin(boolean forHead, byte[] expected) {
    step = Step.HEAD;
    toHead = forHead;
    used = 0;
    headBytes = 0;
    status = 0;
    persistent = false;
    body.begin(expected);
  }

  /** Takes these bytes, all unless they are bad. */
  void read(ByteBuf in) {
    while (in.isReadable() && step != Step.BAD) {
      switch (step) {
        case HEAD -> head(in);
        case LENGTH -> {
          int some = (int) Math.min(left, in.readableBytes());
          body.add(in, some);
          left -= some;
          step = left == 0 ? Step.DONE : step;
        }
        case CHUNKS -> {
          chunks.read(in, body);
          step = chunks.bad() ? Step.BAD : chunks.complete() ? Step.DONE : step;
        }
        case REST -> body.add(in, in.readableBytes());
        case DONE -> {
          persistent = false; // nobody asked for more
          in.skipBytes(in.readableBytes());
        }
        case BAD -> throw new IllegalStateException("read on after what is bad");
      }
    }
  }

  /** The connection has ended. */
  void end() {
    step = step == Step.REST || step == Step.DONE ? Step.DONE : Step.BAD;
    persistent = false;
  }

  /** Whether any byte has come. */
  boolean begun() {
    return headBytes > 0;
  }

  /** Of the final head; 0 before it is complete. */
  int status() {
    return status;
  }

  boolean bad() {
    return step == Step.BAD;
  }

  boolean complete() {
    return step == Step.DONE;
  }

  /** Whether the expected text has come. */
  boolean found() {
    return body.found();
  }

  /** Whether no more of the body is looked at. */
  boolean full() {
    return body.isFull();
  }

  /** Whether the connection may carry another request once this answer is complete. */
  boolean persistent() {
    return persistent && !bad() && !full();
  }

  /** The first field of this name; null if there is none. */
  @Nullable String field(String name) {
    return HeadFields.first(head, used, name);
  }

  private void head(ByteBuf in) {
    if (used == head.length) {
      head = Arrays.copyOf(head, Math.min(MAX_HEAD, head.length * 2));
    }
    int before = used;
    int some = Math.min(in.readableBytes(), head.length - used);
    in.getBytes(in.readerIndex(), head, used, some);
    int end = HeadFields.end(head, Math.max(0, before - 3), used + some);
    used = end < 0 ? used + some : end;
    in.skipBytes(used - before);
    headBytes += used - before;
    if (end >= 0) {
      headRead();
    } else if (headBytes >= MAX_HEAD || !HeadFields.mayBegin(head, used, MAX_LINE)) {
      step = Step.BAD;
    }
  }

  private void headRead() {
    int code = HeadFields.status(head, used);
    if (code < 0 || !HeadFields.wellFormed(head, used)) {
      step = Step.BAD;
    } else if (code < 200 && code != 101) {
      used = 0; // an interim answer: the real one follows
      step = headBytes >= MAX_HEAD ? Step.BAD : Step.HEAD;
    } else {
      status = code;
      step = framed();
    }
  }

  /** Where the body ends (RFC 9112, 6.3). */
  private Step framed() {
    boolean modern = HeadFields.isHttp11(head);
    String coding = HeadFields.all(head, used, "transfer-encoding");
    String length = HeadFields.all(head, used, "content-length");
    persistent = modern && status != 101 && !HeadFields.says(head, used, "connection", "close");
    if (coding != null && length != null) {
      return Step.BAD; // two ends
    }
    if (toHead || status == 101 || status == 204 || status == 304) {
      return Step.DONE;
    }
    if (length != null) {
      left = HeadFields.length(length);
      return left < 0 ? Step.BAD : left == 0 ? Step.DONE : Step.LENGTH;
    }
    if (coding != null && modern && coding.equalsIgnoreCase("chunked")) {
      chunks.begin();
      return Step.CHUNKS;
    }
    persistent = false;
    return Step.REST;
  }
}
