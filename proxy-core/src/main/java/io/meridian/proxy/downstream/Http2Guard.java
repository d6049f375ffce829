package io.meridian.proxy.downstream;

import io.meridian.proxy.telemetry.Http2Flood;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a client may cost without asking for anything, in two budgets that time and honest work
 * refill. One is for frames that carry nothing (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty
 * DATA, unknown ones: CVE-2019-9512 to 9518); DATA and requests refill it, since those bring such
 * frames with them. The other is for streams that end early, reset by the client or by its fault
 * (CVE-2023-44487, CVE-2025-8671); answers refill it. Time is an argument.
 */
final class Http2Guard {
  /** About what a busy client sends in a minute beside its requests. */
  static final int FRAMES = 2048;

  static final int FRAMES_PER_SECOND = 64;

  /** A frame that carries something pays for so many that carry nothing. */
  static final int FRAMES_PER_USE = 8;

  /** Settings may change every stream's window, so they are dear. */
  static final int SETTINGS = 32;

  static final int PRIORITY = 2;

  /** Empty DATA has no use at all. */
  static final int EMPTY_DATA = 16;

  /** More than a page that is left may have under way. */
  static final int RESETS = 256;

  /** A head that is over the limit costs more to decode than a reset. */
  static final int LARGE_HEAD = 16;

  static final int RESETS_PER_SECOND = 8;

  private int frames = FRAMES;
  private int resets = RESETS;
  private long secondNanos;

  Http2Guard(long nowNanos) {
    secondNanos = nowNanos;
  }

  /** A frame that carries nothing; what flood it belongs to, null if it is none. */
  @Nullable Http2Flood frame(int cost, Http2Flood kind, long nowNanos) {
    frames -= cost;
    if (frames >= 0) {
      return null;
    }
    refill(nowNanos);
    return frames >= 0 ? null : kind;
  }

  /** A frame that carries something. */
  void useful() {
    frames = Math.min(FRAMES, frames + FRAMES_PER_USE);
  }

  /** A stream ended early; what flood it belongs to, null if it is none. */
  @Nullable Http2Flood reset(int cost, Http2Flood kind, long nowNanos) {
    resets -= cost;
    if (resets >= 0) {
      return null;
    }
    refill(nowNanos);
    return resets >= 0 ? null : kind;
  }

  /** A stream was answered. */
  void answered() {
    resets = Math.min(RESETS, resets + 1);
  }

  /** Only when a budget is used up: so time costs nothing as long as there is no flood. */
  private void refill(long nowNanos) {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(nowNanos - secondNanos);
    if (seconds > 0) {
      secondNanos += TimeUnit.SECONDS.toNanos(seconds);
      frames = (int) Math.min(FRAMES, frames + seconds * FRAMES_PER_SECOND);
      resets = (int) Math.min(RESETS, resets + seconds * RESETS_PER_SECOND);
    }
  }
}
