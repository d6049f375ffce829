package io.meridian.proxy.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Counts the requests of one route on one listener. Each method is called on the loop it names. */
public final class RouteMeters {
  private static final VarHandle ROWS = MethodHandles.arrayElementVarHandle(long[][].class);
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  static final int BYTES_IN = 0;
  static final int BYTES_OUT = 1;
  static final int CLIENT_ABORTS = 2;
  static final int RETRIES_WON = 3;
  static final int RETRIES_LOST = 4;
  static final int COMPRESSED_IN = 5;
  static final int COMPRESSED_OUT = 6;
  static final int DENIED = 7;
  static final int DURATION = DENIED + RetryDenied.count();

  final String listener;
  final String route;
  final byte[] listenerJson;
  final byte[] routeJson;
  final Cells cells;
  // A row of statuses for each loop and method, made by the loop when it first needs it.
  private final long[] @Nullable [] statuses;

  RouteMeters(String listener, String route, int loops) {
    this.listener = listener;
    this.route = route;
    listenerJson = Json.quote(listener).getBytes(StandardCharsets.UTF_8);
    routeJson = Json.quote(route).getBytes(StandardCharsets.UTF_8);
    cells = new Cells(loops, DURATION + Buckets.LATENCY.slots());
    statuses = new long[loops * Methods.COUNT][];
  }

  /**
   * A request is over, whatever became of it; once a request.
   *
   * @param method the parser's method number, 0 to 9
   * @param status what the client got, or 499 if it left before it got one
   * @param durationNanos first byte of the request head to last byte of the response
   * @param bytesIn of head and body, as the client sent them
   * @param bytesOut of head and body, as the client got them
   */
  public void finished(
      int loop, int method, int status, long durationNanos, long bytesIn, long bytesOut) {
    long[] row = row(loop, Methods.slot(method));
    int slot = StatusCodes.slot(status);
    LONGS.setOpaque(row, slot, row[slot] + 1);
    cells.add(loop, BYTES_IN, bytesIn);
    cells.add(loop, BYTES_OUT, bytesOut);
    Buckets.LATENCY.record(cells, loop, DURATION, durationNanos);
  }

  /** An answer was compressed, {@code in} bytes to {@code out}. */
  public void compressed(int loop, long in, long out) {
    cells.add(loop, COMPRESSED_IN, in);
    cells.add(loop, COMPRESSED_OUT, out);
  }

  /** The client left before it had the whole response. */
  public void clientAbort(int loop) {
    cells.add(loop, CLIENT_ABORTS, 1);
  }

  /** A further attempt, retry or hedge, came to its end; {@code won}: the client got its answer. */
  public void retried(int loop, boolean won) {
    cells.add(loop, won ? RETRIES_WON : RETRIES_LOST, 1);
  }

  /** A failed attempt was not followed by another. */
  public void retryDenied(int loop, RetryDenied why) {
    cells.add(loop, DENIED + why.slot(), 1);
  }

  /** Requests of one method with one status, over all loops. */
  long requests(int method, int statusSlot) {
    long sum = 0;
    for (int loop = 0; loop < cells.loops(); loop++) {
      long[] row = (long[]) ROWS.getAcquire(statuses, loop * Methods.COUNT + method);
      if (row != null) {
        sum += (long) LONGS.getOpaque(row, statusSlot);
      }
    }
    return sum;
  }

  /** Answers of class 5xx so far; any thread. */
  long serverErrors() {
    long sum = 0;
    for (int i = 0; i < statuses.length; i++) {
      long[] row = (long[]) ROWS.getAcquire(statuses, i);
      for (int slot = 0; row != null && slot < StatusCodes.SLOTS; slot++) {
        if (StatusCodes.serverError(slot)) {
          sum += (long) LONGS.getOpaque(row, slot);
        }
      }
    }
    return sum;
  }

  private long[] row(int loop, int method) {
    int at = loop * Methods.COUNT + method;
    long[] row = statuses[at];
    if (row == null) {
      row = new long[StatusCodes.SLOTS];
      ROWS.setRelease(statuses, at, row);
    }
    return row;
  }
}
