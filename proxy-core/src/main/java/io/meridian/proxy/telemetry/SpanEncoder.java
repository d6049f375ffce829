package io.meridian.proxy.telemetry;

import static io.meridian.proxy.telemetry.JsonLine.ascii;

import org.jspecify.annotations.Nullable;

/**
 * The spans of one exchange, a line each: one for the exchange (kind SERVER), one for each attempt
 * (kind CLIENT). Attributes are OpenTelemetry's for HTTP, and {@code meridian.*}.
 *
 * @see "OpenTelemetry, OTLP 1.x, JSON Protobuf encoding; Semantic conventions for HTTP spans"
 */
final class SpanEncoder {
  private static final int SERVER = 2;
  private static final int CLIENT = 3;
  private static final byte[] TRACE = ascii("{\"traceId\":\"");
  private static final byte[] SPAN = ascii("\",\"spanId\":\"");
  private static final byte[] PARENT = ascii("\",\"parentSpanId\":\"");
  private static final byte[] NAME = ascii("\",\"name\":");
  private static final byte[] KIND = ascii(",\"kind\":");
  private static final byte[] START = ascii(",\"startTimeUnixNano\":\"");
  private static final byte[] END = ascii("\",\"endTimeUnixNano\":\"");
  private static final byte[] ATTRIBUTES = ascii("\",\"attributes\":[");
  private static final byte[] KEY = ascii("{\"key\":\"");
  private static final byte[] TEXT = ascii("\",\"value\":{\"stringValue\":");
  private static final byte[] NUMBER = ascii("\",\"value\":{\"intValue\":\"");
  private static final byte[] DONE = ascii("],\"status\":{");
  private static final byte[] FAILED = ascii("\"code\":2");
  private static final byte[] CLOSE = ascii("}}\n");
  private static final byte[] NUMBER_END = ascii("\"}}");
  private static final byte[] TEXT_END = ascii("}}");

  private static final byte[] METHOD = ascii("http.request.method");
  private static final byte[] PATH = ascii("url.path");
  private static final byte[] SCHEME = ascii("url.scheme");
  private static final byte[] HTTP = ascii("\"http\"");
  private static final byte[] HTTPS = ascii("\"https\"");
  private static final byte[] HOST = ascii("server.address");
  private static final byte[] CLIENT_ADDRESS = ascii("client.address");
  private static final byte[] USER_AGENT = ascii("user_agent.original");
  private static final byte[] STATUS = ascii("http.response.status_code");
  private static final byte[] RESEND = ascii("http.request.resend_count");
  private static final byte[] ERROR = ascii("error.type");
  private static final byte[] REQUEST_ID = ascii("meridian.request_id");
  private static final byte[] LISTENER = ascii("meridian.listener");
  private static final byte[] ROUTE = ascii("meridian.route");
  private static final byte[] REGION = ascii("meridian.region");
  private static final byte[] ENDPOINT = ascii("meridian.endpoint");
  private static final byte[] DECISION = ascii("meridian.decision");
  private static final byte[] OUTCOME = ascii("meridian.outcome");
  private static final byte[] FIRST_BYTE = ascii("meridian.first_byte_micros");

  private final JsonLine line = new JsonLine();
  private boolean more; // whether an attribute stands before the next

  /** The lines, to be read before the next call. */
  JsonLine encode(RequestLog log, Trace trace) {
    line.clear();
    long startNanos = log.epochMillis * 1_000_000;
    open(trace, trace.span(), trace.parent());
    line.string(log.method, RequestLog.MAX_TEXT);
    times(SERVER, startNanos, startNanos + log.totalNanos);
    text(METHOD, log.method);
    text(PATH, log.path);
    encoded(SCHEME, log.tlsJson == null ? HTTP : HTTPS);
    text(HOST, log.host);
    text(CLIENT_ADDRESS, log.clientIp);
    text(USER_AGENT, log.userAgent);
    number(STATUS, log.status);
    text(REQUEST_ID, log.requestId);
    RouteMeters route = log.route;
    if (route != null) {
      encoded(LISTENER, route.listenerJson);
      encoded(ROUTE, route.routeJson);
    }
    EndpointMeters upstream = log.upstream;
    if (upstream != null) {
      encoded(REGION, upstream.regionJson);
    }
    if (log.decision != null) {
      name(DECISION, log.decision.label());
    }
    close(log.status >= 500);
    int shown = Math.min(log.attempts, RequestLog.MAX_ATTEMPTS);
    for (int i = 0; i < shown; i++) {
      attempt(log, trace, i, startNanos);
    }
    return line;
  }

  private void attempt(RequestLog log, Trace trace, int i, long startNanos) {
    EndpointMeters endpoint = log.attemptEndpoint[i];
    AttemptOutcome outcome = log.attemptOutcome[i];
    if (endpoint == null || outcome == null) {
      return;
    }
    open(trace, trace.attemptSpan(i + 1), trace.span());
    line.string(log.method, RequestLog.MAX_TEXT);
    long start = startNanos + log.attemptStart[i];
    times(CLIENT, start, Math.max(start, startNanos + log.attemptEnd[i]));
    text(METHOD, log.method);
    encoded(REGION, endpoint.regionJson);
    encoded(ENDPOINT, endpoint.endpointJson);
    name(OUTCOME, outcome.label());
    if (log.attemptStatus[i] > 0) {
      number(STATUS, log.attemptStatus[i]);
    }
    if (log.attemptTtfb[i] >= 0) {
      number(FIRST_BYTE, log.attemptTtfb[i] / 1000);
    }
    if (i > 0) {
      number(RESEND, i);
    }
    boolean failed = outcome.failure();
    if (failed) {
      name(ERROR, outcome.label());
    }
    close(failed || log.attemptStatus[i] >= 400);
  }

  private void open(Trace trace, long span, long parent) {
    line.raw(TRACE).hex(trace.high()).hex(trace.low()).raw(SPAN).hex(span);
    if (parent != 0) {
      line.raw(PARENT).hex(parent);
    }
    line.raw(NAME);
  }

  private void times(int kind, long startNanos, long endNanos) {
    line.raw(KIND).number(kind).raw(START).number(startNanos);
    line.raw(END).number(endNanos).raw(ATTRIBUTES);
    more = false;
  }

  private void close(boolean failed) {
    line.raw(DONE);
    if (failed) {
      line.raw(FAILED);
    }
    line.raw(CLOSE);
  }

  private JsonLine key(byte[] key) {
    if (more) {
      line.raw(',');
    }
    more = true;
    return line.raw(KEY).raw(key);
  }

  private void text(byte[] key, Text text) {
    if (!text.isEmpty()) {
      key(key).raw(TEXT).string(text, RequestLog.MAX_TEXT).raw(TEXT_END);
    }
  }

  private void name(byte[] key, String value) {
    key(key).raw(TEXT).string(value).raw(TEXT_END);
  }

  /** A value that is a JSON string already. */
  private void encoded(byte[] key, byte @Nullable [] json) {
    if (json != null) {
      key(key).raw(TEXT).raw(json).raw(TEXT_END);
    }
  }

  private void number(byte[] key, long value) {
    key(key).raw(NUMBER).number(value).raw(NUMBER_END);
  }
}
