package io.meridian.proxy.exchange;

import io.meridian.proxy.cache.CacheResult;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RouteDecision.Why;
import io.meridian.proxy.telemetry.AccessLog;
import io.meridian.proxy.telemetry.DecisionReason;
import io.meridian.proxy.telemetry.Flag;
import io.meridian.proxy.telemetry.RegionMeters;
import io.meridian.proxy.telemetry.Rejection;
import io.meridian.proxy.telemetry.RequestLog;
import io.meridian.proxy.telemetry.RequestLog.TerminatedBy;
import io.meridian.proxy.telemetry.RetryDenied;
import io.meridian.proxy.telemetry.RouteMeters;
import io.meridian.proxy.telemetry.Spans;
import io.meridian.proxy.telemetry.Trace;
import io.meridian.proxy.upstream.UpstreamFailure;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Collects what is to be said of one exchange, and says it once, at its end. Event loop only. */
final class ExchangeLog {
  private static final byte[] HTTP_1_0 = "HTTP/1.0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HTTP_1_1 = "HTTP/1.1".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] HTTP_2 = "HTTP/2".getBytes(StandardCharsets.US_ASCII);

  private final LoopContext context;
  private long startNanos;
  private long headNanos;
  private int flags;
  private boolean clientAbort;
  private int retried; // 0: no, 1: it was of use, -1: it was not
  private @Nullable RegionOrder order;
  private @Nullable DecisionReason decision;
  private @Nullable RetryDenied denied;
  private @Nullable String fence;
  private @Nullable TerminatedBy terminatedBy;
  private @Nullable Attempt answeredBy;

  ExchangeLog(LoopContext context) {
    this.context = context;
  }

  void begin(long firstByteNanos, long headEndNanos) {
    startNanos = firstByteNanos;
    headNanos = headEndNanos - firstByteNanos;
    flags = 0;
    clientAbort = false;
    retried = 0;
    order = null;
    decision = null;
    denied = null;
    fence = null;
    terminatedBy = null;
    answeredBy = null;
  }

  long startNanos() {
    return startNanos;
  }

  /**
   * @param drilled whether a drill moved it
   */
  void decided(RegionOrder regions, Why why, RegionMeters meters, boolean drilled) {
    order = regions;
    DecisionReason reason = drilled ? DecisionReason.DRILL : reason(regions, why);
    decision = reason;
    meters.decided(context.worker().index(), reason);
  }

  private static DecisionReason reason(RegionOrder regions, Why why) {
    return switch (why) {
      case FASTEST ->
          regions.first().samples() == 0 ? DecisionReason.NEAREST : DecisionReason.FASTEST;
      case NEAREST -> DecisionReason.NEAREST;
      case GEOLOCATION -> DecisionReason.GEOLOCATION;
      case PRIORITY -> DecisionReason.PRIORITY;
      case PRIMARY -> DecisionReason.PRIMARY;
      case PINNED -> DecisionReason.PINNED;
      case SPILL -> DecisionReason.SPILL;
      case GROUP -> DecisionReason.GROUP;
      case CANARY -> DecisionReason.CANARY;
      case HOME -> DecisionReason.HOME;
      case WROTE -> DecisionReason.WROTE;
      case LAG -> DecisionReason.LAG;
      case REPLAYED -> DecisionReason.REPLAYED;
      case FENCE -> DecisionReason.FENCE;
      case WEIGHT -> DecisionReason.WEIGHTED;
      case FAILOVER -> DecisionReason.FAILOVER;
      case SHARE -> DecisionReason.CONTROL;
    };
  }

  void noRoute() {
    flag(Flag.NR);
  }

  void noHealthyRegion() {
    flag(Flag.UH);
  }

  void fenceBlocked(String name) {
    flag(Flag.RG);
    fence = name;
  }

  void steered() {
    flag(Flag.ST);
    terminatedBy = TerminatedBy.PROXY;
  }

  void replayRefused() {
    flag(Flag.RD);
    terminatedBy = TerminatedBy.PROXY;
  }

  void overflow() {
    flag(Flag.UO);
  }

  void failedOver() {
    flag(Flag.RF);
  }

  void failed(UpstreamFailure why) {
    flag(
        switch (why) {
          case CONNECT_REFUSED,
              CONNECT_TIMEOUT,
              UNREACHABLE,
              NAME_UNKNOWN,
              TLS_PROTOCOL,
              TLS_ALERT,
              TLS_CERTIFICATE,
              PROTOCOL_UNKNOWN ->
              Flag.UF;
          case CLOSED, TRUNCATED, STALE, GOING_AWAY, STREAM_REFUSED -> Flag.UC;
          case STALLED, SILENT -> Flag.UT;
          case BAD_RESPONSE, BAD_STATUS, NO_UPGRADE -> Flag.UPE;
        });
  }

  void timedOut() {
    flag(Flag.UT);
    terminatedBy = TerminatedBy.TIMEOUT;
  }

  void terminatedByUpstream() {
    terminatedBy = TerminatedBy.UPSTREAM;
  }

  void clientBrokeProtocol() {
    flag(Flag.DPE);
    terminatedBy = TerminatedBy.PROXY;
  }

  void turnedAway(Rejection why) {
    flag(why == Rejection.REQUEST_RATE ? Flag.RL : Flag.OM);
    terminatedBy = TerminatedBy.PROXY;
  }

  void endedByUs() {
    terminatedBy = TerminatedBy.PROXY;
  }

  void clientGone() {
    flag(Flag.DC);
    clientAbort = true;
    terminatedBy = TerminatedBy.CLIENT;
  }

  void denied(RetryDenied why) {
    denied = why;
    flag(Flag.URX);
  }

  void retried(boolean useful) {
    retried = useful ? 1 : -1;
  }

  void answeredBy(Attempt attempt) {
    answeredBy = attempt;
  }

  void finish(ProxyExchange exchange, Downstream client, int status, Attempts attempts) {
    CacheResult cached = null;
    Downstream downstream = client;
    if (client instanceof CachingDownstream caching) {
      cached = caching.result();
      downstream = caching.inner();
    }
    if (downstream.background()) {
      return; // no request of a client
    }
    int loop = context.worker().index();
    long duration = context.worker().now() - startNanos;
    RequestHead head = exchange.head();
    Peer peer = downstream.peer();
    Destination destination = exchange.destination();
    CompiledRoute route = destination.matchedRoute();
    RouteMeters meters =
        route == null
            ? destination.snapshot().noRouteMeters(peer.listenerIndex())
            : destination.snapshot().meters(peer.listenerIndex(), route);
    long bytesIn = head.length() + exchange.requestBodyBytes();
    long bytesOut = downstream.bytesSent();
    meters.finished(loop, head.method(), status, duration, bytesIn, bytesOut);
    destination
        .drill()
        .finished(loop, status >= 500 || terminatedBy == TerminatedBy.UPSTREAM, duration);
    if (downstream instanceof CompressingDownstream compressing && compressing.taken() > 0) {
      meters.compressed(loop, compressing.taken(), compressing.given());
    }
    if (cached != null) {
      meters.cached(loop, cached);
    }
    if (clientAbort) {
      meters.clientAbort(loop);
    }
    if (retried != 0) {
      meters.retried(loop, retried > 0);
    }
    RetryDenied why = denied;
    if (why != null) {
      meters.retryDenied(loop, why);
    }
    AccessLog accessLog = context.accessLog();
    Trace trace = exchange.trace();
    Spans spans = trace != null && trace.recorded() ? context.spans() : null;
    if (accessLog != null || spans != null) {
      RequestLog line = context.requestLog();
      line.reset();
      line.route = meters;
      line.status = status;
      line.bytesIn = bytesIn;
      line.bytesOut = bytesOut;
      line.totalNanos = duration;
      describeRequest(line, exchange, downstream);
      describeAnswer(line, attempts);
      if (accessLog != null) {
        line.cache = cached == null ? "" : cached.label();
        line.trace = trace;
        accessLog.write(loop, line);
      }
      if (trace != null && spans != null) {
        spans.write(loop, line, trace);
      }
    }
  }

  private void describeRequest(RequestLog line, ProxyExchange exchange, Downstream downstream) {
    Peer peer = downstream.peer();
    RequestHead head = exchange.head();
    line.epochMillis = context.worker().epochMillis(startNanos);
    RequestId id = exchange.requestId();
    line.requestId.set(id.bytes(), 0, id.length());
    Destination destination = exchange.destination();
    ClientAddress client = destination.client();
    if (client.forwarded()) {
      line.clientIp.set(head.bytes(), client.textStart(), client.textLength());
      line.peerIp.set(peer.addressText(), 0, peer.addressText().length);
    } else {
      line.clientIp.set(peer.addressText(), 0, peer.addressText().length);
    }
    line.clientCountry = destination.query().location.country();
    line.clientContinent = destination.query().location.continent();
    line.headNanos = headNanos;
    Secured secured = peer.secured();
    if (secured != null) {
      line.tlsJson = secured.json();
    }
    if (!exchange.parsed()) {
      return;
    }
    line.method.set(head.bytes(), head.methodStart(), head.methodLength());
    line.host.set(head.bytes(), head.hostStart(), head.hostLength());
    line.path.set(head.bytes(), head.pathStart(), head.pathLength());
    byte[] protocol = downstream.http2() ? HTTP_2 : head.minorVersion() == 0 ? HTTP_1_0 : HTTP_1_1;
    line.protocol.set(protocol, 0, protocol.length);
    int agent = head.indexOf(FieldId.USER_AGENT);
    if (agent >= 0) {
      line.userAgent.set(head.bytes(), head.valueStart(agent), head.valueLength(agent));
    }
  }

  private void describeAnswer(RequestLog line, Attempts attempts) {
    line.flags = flags;
    line.decision = decision;
    line.retryDenied = denied;
    line.terminatedBy = terminatedBy;
    RegionOrder regions = order;
    if (regions != null) {
      line.orderJson = regions.json();
    }
    if (fence != null) {
      line.fenceJson = ('"' + fence + '"').getBytes(StandardCharsets.UTF_8);
    }
    Attempt answer = answeredBy;
    if (answer != null) {
      line.upstream = answer.pool().target().meters();
      line.upstreamStatus = answer.status();
      line.connectNanos = answer.connectNanos();
      line.ttfbNanos = answer.ttfbNanos();
    }
    for (int i = 0; i < attempts.count(); i++) {
      attempts.get(i).logTo(line, startNanos);
    }
  }

  private void flag(Flag flag) {
    flags |= flag.bit();
  }
}
