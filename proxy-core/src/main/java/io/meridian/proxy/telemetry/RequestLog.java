package io.meridian.proxy.telemetry;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * All that one access log line says, filled in by an exchange and used again for the next: {@link
 * #reset} first, then any field that is known, then {@link AccessLog#write}. Event loop only.
 *
 * <p>A text that is empty and a name that is null are left out of the line. Durations are in
 * nanoseconds; {@link #ABSENT} is left out.
 */
public final class RequestLog {
  /** A duration that is not known, or did not happen. */
  public static final long ABSENT = -1;

  /** Attempts that a line can show; later ones are only counted. */
  public static final int MAX_ATTEMPTS = 4;

  /** Bytes of a path that a line shows at most. */
  public static final int MAX_PATH = 2048;

  /** Bytes of any other text from outside that a line shows at most. */
  public static final int MAX_TEXT = 256;

  /** When the first byte of the request came, in milliseconds since 1970. */
  public long epochMillis;

  public final Text requestId = new Text();

  /** The trace that it belongs to; null if traces are not looked at. */
  public @Nullable Trace trace;

  /** One of so many requests like this gets a line; 1: each of them. */
  int oneIn = 1;

  /** Listener and route. */
  public @Nullable RouteMeters route;

  /** The client's address as text, after trusted proxies were looked through. */
  public final Text clientIp = new Text();

  /** The peer's address as text; only if it is another than the client's. */
  public final Text peerIp = new Text();

  /** ISO 3166-1 alpha-2; empty if not known. */
  public String clientCountry = "";

  /** Two letters; empty if not known. */
  public String clientContinent = "";

  public final Text method = new Text();
  public final Text host = new Text();

  /** Without the query, which may hold secrets. */
  public final Text path = new Text();

  /** As the request line says, e.g. {@code HTTP/1.1}. */
  public final Text protocol = new Text();

  public final Text userAgent = new Text();

  /** Of a client that speaks TLS: a JSON object, made with the connection. */
  public byte @Nullable [] tlsJson;

  /** What the client got; 499 if it left before it got one. */
  public int status;

  /** A set of {@link Flag#bit()}s. */
  public int flags;

  /** Head and body, as the client sent them. */
  public long bytesIn;

  /** Head and body, as the client got them. */
  public long bytesOut;

  /** First byte of the request head to its last (HAProxy's TR). */
  public long headNanos = ABSENT;

  /** Waiting for a place at an endpoint (HAProxy's Tw). */
  public long queueNanos = ABSENT;

  /** Connecting, of the attempt that answered (HAProxy's Tc); 0 on a pooled connection. */
  public long connectNanos = ABSENT;

  /** Last byte of the request head sent to first byte of the response (HAProxy's Tr). */
  public long ttfbNanos = ABSENT;

  /** First byte of the request to last byte of the response (HAProxy's Ta). */
  public long totalNanos;

  /** Who answered; null if nobody did. */
  public @Nullable EndpointMeters upstream;

  /** The status that it answered; 0 if none. */
  public int upstreamStatus;

  /** Why its region came first. */
  public @Nullable DecisionReason decision;

  /** The regions in the order of the decision: a JSON array, made with the snapshot. */
  public byte @Nullable [] orderJson;

  /** What the cache did; empty on routes without one. */
  public String cache = "";

  /** The fence that bound the request: a JSON string, made with the snapshot. */
  public byte @Nullable [] fenceJson;

  public @Nullable RetryDenied retryDenied;

  /** Who ended it, if it did not end well. */
  public @Nullable TerminatedBy terminatedBy;

  /** How many attempts there were; those past {@link #MAX_ATTEMPTS} keep no details. */
  public int attempts;

  final @Nullable EndpointMeters[] attemptEndpoint = new @Nullable EndpointMeters[MAX_ATTEMPTS];
  final long[] attemptStart = new long[MAX_ATTEMPTS];
  final long[] attemptEnd = new long[MAX_ATTEMPTS];
  final long[] attemptConnect = new long[MAX_ATTEMPTS];
  final long[] attemptTtfb = new long[MAX_ATTEMPTS];
  final @Nullable AttemptOutcome[] attemptOutcome = new @Nullable AttemptOutcome[MAX_ATTEMPTS];
  final int[] attemptStatus = new int[MAX_ATTEMPTS];

  /** Who ended a request before its proper end. */
  public enum TerminatedBy {
    CLIENT,
    UPSTREAM,
    PROXY,
    TIMEOUT;

    final String label = Labels.of(this);
  }

  /**
   * Notes one more attempt.
   *
   * @param startNanos since the first byte of the request
   * @param endNanos likewise
   * @param connectNanos 0 on a pooled connection; {@link #ABSENT} if it never stood
   * @param ttfbNanos {@link #ABSENT} if no byte came
   * @param status 0 if no response head came
   */
  public void attempt(
      EndpointMeters endpoint,
      long startNanos,
      long endNanos,
      long connectNanos,
      long ttfbNanos,
      AttemptOutcome outcome,
      int status) {
    int at = attempts++;
    if (at < MAX_ATTEMPTS) {
      attemptEndpoint[at] = endpoint;
      attemptStart[at] = startNanos;
      attemptEnd[at] = endNanos;
      attemptConnect[at] = connectNanos;
      attemptTtfb[at] = ttfbNanos;
      attemptOutcome[at] = outcome;
      attemptStatus[at] = status;
    }
  }

  public void flag(Flag flag) {
    flags |= flag.bit();
  }

  /** Forgets the last request. */
  public void reset() {
    epochMillis = 0;
    requestId.clear();
    trace = null;
    oneIn = 1;
    route = null;
    clientIp.clear();
    peerIp.clear();
    clientCountry = "";
    clientContinent = "";
    method.clear();
    host.clear();
    path.clear();
    protocol.clear();
    userAgent.clear();
    tlsJson = null;
    status = 0;
    flags = 0;
    bytesIn = 0;
    bytesOut = 0;
    headNanos = ABSENT;
    queueNanos = ABSENT;
    connectNanos = ABSENT;
    ttfbNanos = ABSENT;
    totalNanos = 0;
    upstream = null;
    upstreamStatus = 0;
    decision = null;
    orderJson = null;
    fenceJson = null;
    cache = "";
    retryDenied = null;
    terminatedBy = null;
    if (attempts > 0) {
      attempts = 0;
      Arrays.fill(attemptEndpoint, null);
      Arrays.fill(attemptOutcome, null);
    }
  }
}
