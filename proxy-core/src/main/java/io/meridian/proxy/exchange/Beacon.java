package io.meridian.proxy.exchange;

import io.meridian.config.Edge;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.ClientEstimates;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.meridian.proxy.telemetry.Counters;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A browser's report of its round trips: one flat JSON object of milliseconds by region, and by the
 * edge's name for the way to it. Names that are none of these are passed over, so that pages may
 * know more than the edge.
 */
final class Beacon {
  /** Bytes that a report has at most. */
  static final int MOST = 4096;

  private static final int MOST_REGIONS = 64;
  private static final Pattern OBJECT = Pattern.compile("\\s*\\{(.*)\\}\\s*", Pattern.DOTALL);
  private static final Pattern PAIR =
      Pattern.compile(
          "\\s*\"([A-Za-z0-9._-]{1,63})\"\\s*:\\s*([0-9]{1,6}(?:\\.[0-9]{1,20})?)\\s*(,|$)");

  /** The answer to one that has more of them. */
  static final ErrorAnswer TOO_LARGE =
      new ErrorAnswer(413, "report too large", "http_request_denied", "", 0, false);

  private Beacon() {}

  /**
   * What to answer a request that is no report; null: its body has to be read.
   *
   * @param complete whether it has none
   */
  static @Nullable ErrorAnswer refusal(RequestHead head, boolean complete) {
    boolean post = head.method() == Method.POST;
    return post && !complete
        ? null
        : new ErrorAnswer(post ? 400 : 405, "not a report", "http_request_denied", "", 0, false);
  }

  /** Learns from a report that is here, and says what became of it. */
  static ErrorAnswer answer(@Nullable ByteBuf body, Destination destination, Counters counters) {
    RouteQuery query = destination.query();
    query.epochSeconds = destination.epochSeconds();
    destination.lookUpNetwork();
    RoutingSnapshot routing = destination.snapshot().routing();
    Result result = take(body, query, routing.clients(), routing.regions());
    counters.beacon(result.label());
    return new ErrorAnswer(result.status(), result.label(), null, "", 0, false);
  }

  /** What became of a report; its label is a metric's. */
  enum Result {
    TAKEN("taken", 202),
    TOO_SOON("too_soon", 202),
    IMPLAUSIBLE("implausible", 202),
    MALFORMED("malformed", 400);

    private final String label;
    private final int status;

    Result(String label, int status) {
      this.label = label;
      this.status = status;
    }

    String label() {
      return label;
    }

    int status() {
      return status;
    }
  }

  /** Learns from a report. */
  static Result take(
      @Nullable ByteBuf body,
      RouteQuery query,
      ClientEstimates clients,
      List<RoutedRegion> regions) {
    Map<String, Double> millis = body == null ? null : parse(body.toString(StandardCharsets.UTF_8));
    if (millis == null) {
      return Result.MALFORMED;
    }
    if (!clients.hear(query.address, query.epochSeconds)) {
      return Result.TOO_SOON;
    }
    boolean taken = false;
    for (RoutedRegion region : regions) {
      Double value = millis.get(region.name());
      if (value != null) {
        taken |=
            clients.report(
                query.address, query.location, query.asn, region, value, query.epochSeconds);
      }
    }
    taken |= edge(millis, query, clients, regions);
    return taken ? Result.TAKEN : Result.IMPLAUSIBLE;
  }

  /** Under the edge's name stands the way to this edge, unless a region has that name. */
  private static boolean edge(
      Map<String, Double> millis,
      RouteQuery query,
      ClientEstimates clients,
      List<RoutedRegion> regions) {
    Edge edge = clients.edge();
    Double value = edge == null ? null : millis.get(edge.name());
    return edge != null
        && value != null
        && regions.stream().noneMatch(region -> region.name().equals(edge.name()))
        && clients.reportEdge(query.address, query.location, query.asn, value, query.epochSeconds);
  }

  /** Null if it is no such object. */
  static @Nullable Map<String, Double> parse(String text) {
    Matcher object = OBJECT.matcher(text);
    if (!object.matches()) {
      return null;
    }
    Map<String, Double> values = new LinkedHashMap<>();
    Matcher pair = PAIR.matcher(object.group(1));
    int at = 0;
    int to = object.group(1).length();
    boolean more = true;
    while (more) {
      if (values.size() == MOST_REGIONS || !pair.find(at) || pair.start() != at) {
        return null;
      }
      values.put(pair.group(1), Double.valueOf(pair.group(2)));
      more = pair.group(3).equals(",");
      at = pair.end();
    }
    return at == to ? values : null;
  }
}
