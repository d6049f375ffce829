package io.meridian.proxy.simulation;

import io.meridian.config.Failover;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.Route;
import io.meridian.proxy.simulation.Host.Behaviour;
import io.meridian.proxy.simulation.Network.Send;
import io.meridian.proxy.simulation.Request.End;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Sees all that passes, and holds it against what is promised. */
final class Judge {
  private static final long LATE_NANOS = 50_000_000;

  /** A deadline that leaves time to find the last region that is well. */
  private static final long SAVING_NANOS = 2_500_000_000L;

  private final Network network;
  private final Map<Integer, Request> running = new LinkedHashMap<>();
  private final Set<Integer> left = new HashSet<>();
  private @Nullable MeridianConfig config;
  private double tokens;
  private long tokensNanos;

  /** Whether the proxy thinks that a region may be used. */
  Predicate<String> usable = _ -> true;

  /** Ends by kind, for the report. */
  final Map<String, Integer> ends = new TreeMap<>();

  @Nullable String verdict;
  int requests;
  int resends;

  Judge(Network network) {
    this.network = network;
  }

  void configured(MeridianConfig now) {
    if (config == null) {
      tokens = Math.max(10, now.failover().budgetFloor() * 10.0);
      tokensNanos = network.loop.now();
    }
    config = now;
    for (Request request : running.values()) {
      Set<String> both = new HashSet<>(request.allowed);
      both.addAll(allowed(request));
      request.allowed = both;
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // a wrong one shows at once
  void wrong(String format, Object... values) {
    String text = String.format(Locale.ROOT, format, values);
    network.say("WRONG: %s", text);
    if (verdict == null) {
      verdict = text;
    }
  }

  // ---- the client's side

  void begins(Request request) {
    request.allowed = allowed(request);
    running.put(request.id, request);
  }

  void arrived(Request request) {
    request.arrived = true;
    request.config = config();
    network.hostList.stream()
        .filter(host -> usable.test(host.region))
        .forEach(host -> request.usable.add(host.region));
    request.arrivedNanos = network.loop.now();
    request.deadlineNanos = route(request).deadline().toNanos();
    requests++;
    earn(failover().budget() / 100.0);
    network.say(
        "%s arrives, deadline %d ms, may go to %s",
        request, request.deadlineNanos / 1_000_000, request.allowed);
  }

  void begun(Request request) {
    if (!request.begun) {
      request.begun = true;
      request.firstByteNanos = network.loop.now();
      long late = request.firstByteNanos - request.arrivedNanos - request.deadlineNanos;
      if (late > LATE_NANOS) {
        wrong("%s: its answer began %.1f ms after its deadline", request, late / 1e6);
      }
    }
  }

  void answered(Request request, int status, String head, byte[] body, boolean exactly) {
    request.status = status;
    if (!exactly) {
      wrong("%s: more than one answer", request);
    }
    String id = Bytes.field(head, "x-id");
    if (id != null) {
      if (Integer.parseInt(id) != request.id) {
        wrong("%s got the answer to #%s", request, id);
      }
      String from = Bytes.field(head, "x-from");
      if (from == null || !request.allowed.contains(from)) {
        wrong("%s was answered by %s", request, String.valueOf(from));
      }
      String total = Bytes.field(head, "x-total");
      int expected = request.method.equals("HEAD") || total == null ? 0 : Integer.parseInt(total);
      if (!Arrays.equals(body, Answer.body(request.id, expected))) {
        wrong("%s: %d of %d bytes look like a whole answer", request, body.length, expected);
      }
    }
    ended(request, End.ANSWERED, status);
    if (status >= 500) {
      network.say(
          "  %s",
          head.replace("\r\n", " | ") + new String(body, StandardCharsets.ISO_8859_1).strip());
    }
  }

  void ended(Request request, End end, int status) {
    if (request.end != End.NONE) {
      wrong("%s ends twice", request);
    }
    request.end = end;
    request.endNanos = network.loop.now();
    running.remove(request.id);
    boolean failed = end == End.ANSWERED ? status > 500 : end == End.ABORTED && !request.begun;
    if (failed && request.repeatable()) {
      wasItLost(request, status);
    }
    if (end == End.LEFT) {
      left.add(request.id);
    }
    network.say("%s: %s %d", request, end, status);
    ends.merge(
        end == End.ANSWERED ? "" + status : end.name().toLowerCase(Locale.ROOT), 1, Integer::sum);
    if (end == End.ABORTED && !request.begun && request.bodyDone) {
      wrong("%s: closed without an answer", request);
    }
    if (end == End.ABORTED && request.sends.isEmpty()) {
      wrong("%s: aborted, though nobody was asked", request);
    }
  }

  /**
   * Whether a region that it might have gone to was well all the time. Nothing is asked of settings
   * that forbid what would have saved it.
   */
  private void wasItLost(Request request, int status) {
    Failover may = failover();
    boolean saveable =
        request.bodyDone
            && request.bodyLength <= may.replayBody()
            && request.deadlineNanos >= SAVING_NANOS
            && may.race()
            && may.hedge()
            && request.sends.size() < may.attempts()
            && may.attempts() > 2
            && may.hold().toMillis() >= 1_000
            && tokens >= 1
            && config().limits().upstreamConnections() > 100
            && config().equals(request.config);
    for (String region : request.allowed) {
      if (saveable
          && takesAll(region)
          && request.usable.contains(region)
          && wellSince(region, request.arrivedNanos)) {
        wrong("%s: %d, though %s was well all the time", request, status, region);
      }
    }
  }

  private boolean takesAll(String name) {
    return config().regions().stream()
        .anyMatch(region -> region.name().equals(name) && region.dial() == 100);
  }

  private boolean wellSince(String region, long nanos) {
    for (Host host : network.hostList) {
      if (host.region.equals(region) && (!host.well() || host.wellSince - nanos > 0)) {
        return false;
      }
    }
    return true;
  }

  // ---- the endpoints' side

  void connecting(Host host) {
    network.say("connect to %s", host.name);
  }

  /** The first bytes of a request go to a host; null if they are of a probe. */
  @Nullable Send written(Host host, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String id = Bytes.field(text, "x-id");
    if (id == null) {
      if (!text.startsWith("GET /healthz ")) {
        wrong("%s got %s", host, text.substring(0, Math.min(60, text.length())));
      }
      return null;
    }
    Request request = running.get(Integer.parseInt(id));
    if (request == null && left.contains(Integer.parseInt(id))) {
      return null; // while nothing is read of a client, its leaving is not noticed
    }
    if (request == null) {
      wrong("#%s is over, and was sent to %s", id, host);
      return null;
    }
    network.say("%s sent to %s", request, host);
    if (!request.allowed.contains(host.region)) {
      wrong("%s left its fence: sent to %s, allowed %s", request, host, request.allowed);
    }
    for (Send earlier : request.sends) {
      if (!request.repeatable() && !(earlier.refused && failover().replayOn503())) {
        wrong("%s was sent to %s and to %s", request, earlier.host, host);
      }
    }
    if (request.begun) {
      wrong("%s: its answer has begun, and it was sent to %s", request, host);
    }
    if (!request.sends.isEmpty()) {
      resends++;
      spend(request);
    }
    Send send = new Send(request, host, network.loop.now());
    request.sends.add(send);
    if (request.sends.size() > failover().attempts()) {
      wrong("%s: attempt %d", request, request.sends.size());
    }
    return send;
  }

  void served(Send send, Behaviour behaviour) {
    network.say("%s at %s: %s", send.request(), send.host, behaviour);
    send.refused = behaviour == Behaviour.STATUS_503;
  }

  // ---- the budget, kept beside the proxy's own books

  private void earn(double some) {
    tokens = Math.min(100, tokens + some);
  }

  private void spend(Request request) {
    long now = network.loop.now();
    earn(failover().budgetFloor() * (now - tokensNanos) / 1e9);
    tokensNanos = now;
    tokens--;
    if (tokens < -1) {
      wrong("%s is repeated, and the budget is spent", request);
    }
  }

  // ---- the configuration

  Set<String> allowed(Request request) {
    Route route = route(request);
    Set<String> names = new HashSet<>();
    for (Region region : config().regions()) {
      boolean named = route.regions().isEmpty() || route.regions().contains(region.name());
      if (named && region.dial() > 0) {
        names.add(region.name());
      }
    }
    config().fences().stream()
        .filter(fence -> route.fence().contains(fence.name()) && request.fenced)
        .forEach(fence -> {
          if (fence.allow() != null) {
            names.retainAll(fence.allow());
          }
          if (fence.deny() != null) {
            names.removeAll(fence.deny());
          }
        });
    return names;
  }

  Route route(Request request) {
    return config().routes().get(request.route);
  }

  private Failover failover() {
    return config().failover();
  }

  private MeridianConfig config() {
    MeridianConfig present = config;
    if (present == null) {
      throw new IllegalStateException("not configured");
    }
    return present;
  }
}
