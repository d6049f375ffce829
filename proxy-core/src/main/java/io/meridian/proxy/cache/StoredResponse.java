package io.meridian.proxy.cache;

import io.meridian.geo.Location;
import io.meridian.proxy.http.RequestHead;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer as it is kept, with all that says when it may be given out. Immutable; any thread.
 *
 * @param route that it was fetched for
 * @param region that it came from: whoever must have nothing of that region does not get it
 * @param status of a final answer
 * @param lines its fields, each {@code name: value CRLF}; neither framing nor {@code Age}
 * @param body all of its content
 * @param life how long it is fresh, and what holds after that
 * @param responseNanos when its head came, by the ticker
 * @param initialAgeMillis how old it was then (RFC 9111, 4.2.3)
 * @param dateSeconds when it was made, by its {@code Date}
 * @param etag its entity tag; null: none
 * @param lastModified as it says; null: nothing, or no date
 */
@SuppressWarnings("ArrayRecordComponent") // written out, never compared
record StoredResponse(
    String route,
    String region,
    Variance variance,
    int status,
    byte[] lines,
    byte[] body,
    Lifetime life,
    long responseNanos,
    long initialAgeMillis,
    long dateSeconds,
    @Nullable String etag,
    @Nullable String lastModified) {

  /** What an entry takes beside its bytes, about. */
  private static final int OVERHEAD = 512;

  /** Bytes of memory, about. */
  int weight() {
    return (int) Math.min(1 << 30, (long) OVERHEAD + lines.length + body.length);
  }

  /** Current age in seconds (RFC 9111, 4.2.3). */
  long age(long nowNanos) {
    long resident = TimeUnit.NANOSECONDS.toMillis(Math.max(0, nowNanos - responseNanos));
    return (initialAgeMillis + resident) / 1000;
  }

  /** Seconds that it stays fresh; negative: it has been stale for so long. */
  long left(long nowNanos) {
    return life.freshSeconds() - age(nowNanos);
  }

  /** Whether it is fresh, and no question need be asked before it is given out. */
  boolean fresh(long nowNanos) {
    return !life.noCache() && left(nowNanos) > 0;
  }

  /** Whether an endpoint can be asked if it is still good. */
  boolean hasValidator() {
    return etag != null || lastModified != null;
  }

  /** Whether this request asks for it. */
  boolean answers(String askedRoute, RequestHead request, Location location) {
    return route.equals(askedRoute) && variance.matches(request, location);
  }

  /** With its content, once that is whole. */
  StoredResponse withBody(byte[] content) {
    return new StoredResponse(
        route,
        region,
        variance,
        status,
        lines,
        content,
        life,
        responseNanos,
        initialAgeMillis,
        dateSeconds,
        etag,
        lastModified);
  }

  /** The same answer, with what is newly known of it. */
  StoredResponse with(StoredResponse newer) {
    return new StoredResponse(
        route,
        region,
        variance,
        status,
        newer.lines,
        body,
        newer.life,
        newer.responseNanos,
        newer.initialAgeMillis,
        newer.dateSeconds,
        newer.etag,
        newer.lastModified);
  }
}
