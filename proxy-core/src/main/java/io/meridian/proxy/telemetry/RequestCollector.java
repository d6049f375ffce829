package io.meridian.proxy.telemetry;

import io.meridian.proxy.cache.CacheResult;
import io.prometheus.client.Collector;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** What clients see: requests by route, connections by listener. */
final class RequestCollector extends Collector {
  private final Collection<RouteMeters> routes;
  private final Collection<ListenerMeters> listeners;

  /** Both are live: what they hold at the time of a scrape is shown. */
  RequestCollector(Collection<RouteMeters> routes, Collection<ListenerMeters> listeners) {
    this.routes = routes;
    this.listeners = listeners;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(
        requests(),
        durations(),
        total(
            "request_bytes_total",
            "Bytes of requests received, heads and bodies.",
            RouteMeters.BYTES_IN),
        total(
            "response_bytes_total",
            "Bytes of responses sent, heads and bodies.",
            RouteMeters.BYTES_OUT),
        total(
            "compression_in_bytes_total",
            "Bytes of responses before they were compressed.",
            RouteMeters.COMPRESSED_IN),
        total(
            "compression_out_bytes_total",
            "What those bytes were compressed to.",
            RouteMeters.COMPRESSED_OUT),
        total(
            "client_aborts_total",
            "Requests whose client left before it had the whole response.",
            RouteMeters.CLIENT_ABORTS),
        cached(),
        retries(),
        retryDenied(),
        connections(),
        accepted(),
        refused(),
        proxyHeaders(),
        rejections(),
        http2Connections(),
        http2Streams(),
        http2Resets(),
        http2Floods());
  }

  private MetricFamilySamples requests() {
    Family family =
        Family.counter(
            "requests_total",
            "Requests finished, by the status that the client got.",
            "listener",
            "route",
            "method",
            "code");
    for (RouteMeters route : routes) {
      for (int method = 0; method < Methods.COUNT; method++) {
        for (int status = 0; status < StatusCodes.SLOTS; status++) {
          long count = route.requests(method, status);
          if (count > 0) {
            family.add(
                count,
                route.listener,
                route.route,
                Methods.label(method),
                StatusCodes.label(status));
          }
        }
      }
    }
    return family.done();
  }

  private MetricFamilySamples durations() {
    TreeMap<String, long[]> byRoute = new TreeMap<>();
    for (RouteMeters route : routes) {
      long[] slots = byRoute.computeIfAbsent(route.route, _ -> new long[Buckets.LATENCY.slots()]);
      Buckets.LATENCY.fold(route.cells, RouteMeters.DURATION, slots);
    }
    Family family =
        Family.histogram(
            "request_duration_seconds",
            "From the first byte of a request to the last byte of its response.",
            "route");
    byRoute.forEach((route, slots) -> family.add(Buckets.LATENCY, slots, route));
    return family.done();
  }

  private MetricFamilySamples total(String name, String help, int slot) {
    Family family = Family.counter(name, help, "listener", "route");
    for (RouteMeters route : routes) {
      family.add(route.cells.sum(slot), route.listener, route.route);
    }
    return family.done();
  }

  @SuppressWarnings("EnumOrdinal") // within one process
  private MetricFamilySamples cached() {
    Family family =
        Family.counter(
            "cache_requests_total",
            "Requests on routes that cache, by what the cache did for them.",
            "listener",
            "route",
            "result");
    for (RouteMeters route : routes) {
      for (CacheResult result : CacheResult.values()) {
        long count = route.cells.sum(RouteMeters.CACHED + result.ordinal());
        if (count > 0) {
          family.add(count, route.listener, route.route, result.label());
        }
      }
    }
    return family.done();
  }

  private MetricFamilySamples retries() {
    Family family =
        Family.counter(
            "retries_total",
            "Further attempts of a request, by whether the client got its answer from them.",
            "listener",
            "route",
            "result");
    for (RouteMeters route : routes) {
      family.add(route.cells.sum(RouteMeters.RETRIES_WON), route.listener, route.route, "success");
      family.add(route.cells.sum(RouteMeters.RETRIES_LOST), route.listener, route.route, "failure");
    }
    return family.done();
  }

  private MetricFamilySamples retryDenied() {
    Family family =
        Family.counter(
            "retry_denied_total",
            "Failed attempts that were not followed by another, by why.",
            "listener",
            "route",
            "reason");
    for (RouteMeters route : routes) {
      for (int i = 0; i < RetryDenied.count(); i++) {
        long count = route.cells.sum(RouteMeters.DENIED + i);
        if (count > 0) {
          family.add(count, route.listener, route.route, RetryDenied.of(i).label());
        }
      }
    }
    return family.done();
  }

  private MetricFamilySamples connections() {
    Family family =
        Family.gauge("connections", "Client connections that are open now.", "listener");
    for (ListenerMeters listener : listeners) {
      family.add(listener.open(), listener.listener);
    }
    return family.done();
  }

  private MetricFamilySamples rejections() {
    Family family =
        Family.counter(
            "rejections_total",
            "Requests and connections of clients that were turned away or cut, by why.",
            "listener",
            "reason");
    for (ListenerMeters listener : listeners) {
      for (int i = 0; i < Rejection.count(); i++) {
        long count = listener.cells.sum(ListenerMeters.REJECTED + i);
        if (count > 0) {
          family.add(count, listener.listener, Rejection.of(i).label());
        }
      }
    }
    return family.done();
  }

  private MetricFamilySamples accepted() {
    Family family =
        Family.counter("connections_accepted_total", "Client connections accepted.", "listener");
    for (ListenerMeters listener : listeners) {
      family.add(listener.cells.sum(ListenerMeters.ACCEPTED), listener.listener);
    }
    return family.done();
  }

  private MetricFamilySamples proxyHeaders() {
    Family family =
        Family.counter(
            "proxy_protocol_refused_total",
            "Client connections closed as they did not start with a PROXY header as they must.",
            "listener",
            "reason");
    for (ListenerMeters listener : listeners) {
      for (ListenerMeters.ProxyHeaderFault fault : ListenerMeters.ProxyHeaderFault.values()) {
        long count = listener.cells.sum(fault.slot);
        if (count > 0) {
          family.add(count, listener.listener, fault.label);
        }
      }
    }
    return family.done();
  }

  private MetricFamilySamples refused() {
    Family family =
        Family.counter(
            "connections_refused_total",
            "Client connections closed at once, as there were too many.",
            "listener");
    for (ListenerMeters listener : listeners) {
      family.add(listener.cells.sum(ListenerMeters.REFUSED), listener.listener);
    }
    return family.done();
  }

  private MetricFamilySamples http2Connections() {
    Family family =
        Family.counter(
            "http2_connections_total", "Client connections that spoke HTTP/2.", "listener");
    for (ListenerMeters listener : listeners) {
      family.add(listener.cells.sum(ListenerMeters.HTTP2), listener.listener);
    }
    return family.done();
  }

  private MetricFamilySamples http2Streams() {
    Family family =
        Family.gauge("http2_streams", "Streams of HTTP/2 clients that are open now.", "listener");
    for (ListenerMeters listener : listeners) {
      family.add(listener.http2Streams(), listener.listener);
    }
    return family.done();
  }

  private MetricFamilySamples http2Resets() {
    Family family =
        Family.counter(
            "http2_resets_total",
            "Streams of HTTP/2 clients that ended early, by why.",
            "listener",
            "reason");
    for (ListenerMeters listener : listeners) {
      for (int i = 0; i < Http2Reset.count(); i++) {
        family.add(
            listener.cells.sum(ListenerMeters.RESETS + i),
            listener.listener,
            Http2Reset.of(i).label());
      }
    }
    return family.done();
  }

  private MetricFamilySamples http2Floods() {
    Family family =
        Family.counter(
            "http2_floods_total",
            "HTTP/2 connections that were cut off for what they cost, by why.",
            "listener",
            "reason");
    for (ListenerMeters listener : listeners) {
      for (int i = 0; i < Http2Flood.count(); i++) {
        family.add(
            listener.cells.sum(ListenerMeters.FLOODS + i),
            listener.listener,
            Http2Flood.of(i).label());
      }
    }
    return family.done();
  }
}
