package io.meridian.proxy.telemetry;

import static io.meridian.proxy.telemetry.JsonLine.ascii;

import org.jspecify.annotations.Nullable;

/** The layout of an access log line: which fields, in which order, and which are left out. */
final class LogEncoder {
  private static final byte[] TIME = ascii("{\"time\":");
  private static final byte[] REQUEST_ID = key("request_id");
  private static final byte[] TRACE_ID = ascii(",\"trace_id\":\"");
  private static final byte[] ONE_IN = key("one_in");
  private static final byte[] LISTENER = key("listener");
  private static final byte[] ROUTE = key("route");
  private static final byte[] CLIENT_IP = key("client_ip");
  private static final byte[] CLIENT_COUNTRY = key("client_country");
  private static final byte[] CLIENT_CONTINENT = key("client_continent");
  private static final byte[] PEER_IP = key("peer_ip");
  private static final byte[] METHOD = key("method");
  private static final byte[] HOST = key("host");
  private static final byte[] PATH = key("path");
  private static final byte[] PROTOCOL = key("protocol");
  private static final byte[] TLS = key("tls");
  private static final byte[] STATUS = key("status");
  private static final byte[] FLAGS = key("flags");
  private static final byte[] BYTES_IN = key("bytes_in");
  private static final byte[] BYTES_OUT = key("bytes_out");
  private static final byte[] DURATION = key("duration_ms");
  private static final byte[] TIMINGS = ascii(",\"timings\":{\"total\":");
  private static final byte[] TR = key("tr");
  private static final byte[] TW = key("tw");
  private static final byte[] TC = key("tc");
  private static final byte[] TTFB = key("ttfb");
  private static final byte[] REGION = key("region");
  private static final byte[] ENDPOINT = key("endpoint");
  private static final byte[] UPSTREAM_STATUS = key("upstream_status");
  private static final byte[] ATTEMPT_COUNT = key("attempt_count");
  private static final byte[] ATTEMPTS = ascii(",\"attempts\":[");
  private static final byte[] ATTEMPT_REGION = ascii("{\"region\":");
  private static final byte[] START_MS = key("start_ms");
  private static final byte[] CONNECT_MS = key("connect_ms");
  private static final byte[] TTFB_MS = key("ttfb_ms");
  private static final byte[] OUTCOME = key("outcome");
  private static final byte[] DECISION = ascii(",\"decision\":{\"reason\":");
  private static final byte[] ORDER = key("order");
  private static final byte[] FENCE = key("fence");
  private static final byte[] CACHE = key("cache");
  private static final byte[] RETRY_DENIED = key("retry_denied");
  private static final byte[] USER_AGENT = key("user_agent");
  private static final byte[] TERMINATED_BY = key("terminated_by");
  private static final byte[] END = ascii("}\n");
  private static final byte[][] LETTERS = new byte[Flag.values().length][];

  static {
    for (Flag flag : Flag.values()) {
      LETTERS[Integer.numberOfTrailingZeros(flag.bit())] = ascii(flag.name());
    }
  }

  private final JsonLine line = new JsonLine();

  /** The line, to be read before the next call. */
  JsonLine encode(RequestLog log) {
    line.clear();
    line.raw(TIME).time(log.epochMillis);
    text(REQUEST_ID, log.requestId, RequestLog.MAX_TEXT);
    Trace trace = log.trace;
    if (trace != null) {
      line.raw(TRACE_ID).hex(trace.high()).hex(trace.low()).raw('"');
    }
    RouteMeters route = log.route;
    if (route != null) {
      line.raw(LISTENER).raw(route.listenerJson).raw(ROUTE).raw(route.routeJson);
    }
    text(CLIENT_IP, log.clientIp, RequestLog.MAX_TEXT);
    name(CLIENT_COUNTRY, log.clientCountry);
    name(CLIENT_CONTINENT, log.clientContinent);
    text(PEER_IP, log.peerIp, RequestLog.MAX_TEXT);
    text(METHOD, log.method, RequestLog.MAX_TEXT);
    text(HOST, log.host, RequestLog.MAX_TEXT);
    text(PATH, log.path, RequestLog.MAX_PATH);
    text(PROTOCOL, log.protocol, RequestLog.MAX_TEXT);
    if (log.tlsJson != null) {
      line.raw(TLS).raw(log.tlsJson);
    }
    line.raw(STATUS).number(log.status);
    flags(log.flags);
    line.raw(BYTES_IN).number(log.bytesIn).raw(BYTES_OUT).number(log.bytesOut);
    line.raw(DURATION).millis(log.totalNanos);
    line.raw(TIMINGS).millis(log.totalNanos);
    millis(TR, log.headNanos);
    millis(TW, log.queueNanos);
    millis(TC, log.connectNanos);
    millis(TTFB, log.ttfbNanos);
    line.raw('}');
    EndpointMeters upstream = log.upstream;
    if (upstream != null) {
      line.raw(REGION).raw(upstream.regionJson).raw(ENDPOINT).raw(upstream.endpointJson);
    }
    if (log.upstreamStatus > 0) {
      line.raw(UPSTREAM_STATUS).number(log.upstreamStatus);
    }
    name(CACHE, log.cache);
    attempts(log);
    decision(log);
    if (log.fenceJson != null) {
      line.raw(FENCE).raw(log.fenceJson);
    }
    name(RETRY_DENIED, log.retryDenied == null ? "" : log.retryDenied.label());
    text(USER_AGENT, log.userAgent, RequestLog.MAX_TEXT);
    name(TERMINATED_BY, log.terminatedBy == null ? "" : log.terminatedBy.label);
    if (log.oneIn > 1) {
      line.raw(ONE_IN).number(log.oneIn);
    }
    return line.raw(END);
  }

  private void flags(int flags) {
    if (flags == 0) {
      return;
    }
    line.raw(FLAGS).raw('"');
    boolean more = false;
    for (int rest = flags; rest != 0; rest &= rest - 1) {
      if (more) {
        line.raw(',');
      }
      line.raw(LETTERS[Integer.numberOfTrailingZeros(rest)]);
      more = true;
    }
    line.raw('"');
  }

  /** A single attempt that went well says nothing that the line has not said. */
  private void attempts(RequestLog log) {
    if (log.attempts == 0
        || (log.attempts == 1 && log.attemptOutcome[0] == AttemptOutcome.SUCCESS)) {
      return;
    }
    line.raw(ATTEMPT_COUNT).number(log.attempts).raw(ATTEMPTS);
    int shown = Math.min(log.attempts, RequestLog.MAX_ATTEMPTS);
    for (int i = 0; i < shown; i++) {
      EndpointMeters endpoint = log.attemptEndpoint[i];
      AttemptOutcome outcome = log.attemptOutcome[i];
      if (endpoint == null || outcome == null) {
        continue;
      }
      if (i > 0) {
        line.raw(',');
      }
      line.raw(ATTEMPT_REGION).raw(endpoint.regionJson);
      line.raw(ENDPOINT).raw(endpoint.endpointJson);
      line.raw(START_MS).millis(log.attemptStart[i]);
      millis(CONNECT_MS, log.attemptConnect[i]);
      millis(TTFB_MS, log.attemptTtfb[i]);
      name(OUTCOME, outcome.label());
      if (log.attemptStatus[i] > 0) {
        line.raw(STATUS).number(log.attemptStatus[i]);
      }
      line.raw('}');
    }
    line.raw(']');
  }

  private void decision(RequestLog log) {
    if (log.decision == null) {
      return;
    }
    line.raw(DECISION).string(log.decision.label());
    byte @Nullable [] order = log.orderJson;
    if (order != null) {
      line.raw(ORDER).raw(order);
    }
    line.raw('}');
  }

  private void text(byte[] key, Text text, int atMost) {
    if (!text.isEmpty()) {
      line.raw(key).string(text, atMost);
    }
  }

  private void name(byte[] key, String value) {
    if (!value.isEmpty()) {
      line.raw(key).string(value);
    }
  }

  private void millis(byte[] key, long nanos) {
    if (nanos >= 0) {
      line.raw(key).millis(nanos);
    }
  }

  private static byte[] key(String name) {
    return ascii(",\"" + name + "\":");
  }
}
