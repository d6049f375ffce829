package io.meridian.proxy.telemetry;

import io.meridian.config.Fence;
import io.meridian.config.Listener;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.Route;
import io.meridian.geo.GeoService.DatabaseStatus;
import io.meridian.health.HealthView;
import io.meridian.proxy.cache.ResponseCache;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All meters of the process, by name. A meter that is asked for twice is the same one, so counts
 * survive a change of configuration; {@link #retain} ends the series of what is gone. Any thread;
 * resolve meters when a configuration is applied, never per request.
 */
@SuppressWarnings("deprecation") // Micrometer's newer registry takes no collectors of simpleclient
public final class Telemetry implements AutoCloseable {
  /** The route of requests that match none, or were refused before they could. */
  public static final String NO_ROUTE = "none";

  // Their names break Prometheus's conventions; meridian_process_cpu_seconds_total stands in.
  private static final Set<String> MISNAMED = Set.of("process.cpu.time", "system.cpu.count");

  private record RouteKey(String listener, String route) {}

  record EndpointKey(String region, String endpoint) {}

  private final int loops;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private @Nullable JvmGcMetrics garbageCollection; // guarded by this
  private final Map<RouteKey, RouteMeters> routes = new ConcurrentHashMap<>();
  private final Map<EndpointKey, EndpointMeters> endpoints = new ConcurrentHashMap<>();
  private final Map<String, RegionMeters> regions = new ConcurrentHashMap<>();
  private final Map<String, ListenerMeters> listeners = new ConcurrentHashMap<>();
  private final Map<String, TlsMeters> tls = new ConcurrentHashMap<>();
  private final Cells loopCells;
  private final Counters counters = new Counters();
  private final ProcessCollector process;

  /**
   * @param loops event loops that carry traffic; their indices run from 0
   * @param version of this program
   */
  public Telemetry(int loops, String version) {
    this.loops = loops;
    loopCells = new Cells(loops, LoopMeters.SLOTS);
    process = new ProcessCollector(loopCells, counters, version);
    registry.config().meterFilter(MeterFilter.deny(id -> MISNAMED.contains(id.getName())));
    var prometheus = registry.getPrometheusRegistry();
    prometheus.register(new RequestCollector(routes.values(), listeners.values()));
    prometheus.register(new UpstreamCollector(endpoints.values(), regions.values(), counters));
    prometheus.register(new DataCollector(counters));
    prometheus.register(process);
    prometheus.register(new TlsCollector(tls.values()));
  }

  /**
   * Meters of the Java runtime and the process; a scrape calls this itself, and only the first call
   * does anything. Not in the constructor: management beans take a tenth of a start, and
   * collections of the start itself are of no interest.
   */
  public synchronized void watchRuntime() {
    if (garbageCollection != null) {
      return;
    }
    garbageCollection = new JvmGcMetrics();
    garbageCollection.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** For meters off the hot path. */
  public MeterRegistry registry() {
    return registry;
  }

  public RouteMeters route(String listener, String route) {
    return routes.computeIfAbsent(
        new RouteKey(listener, route), key -> new RouteMeters(key.listener, key.route, loops));
  }

  /**
   * @param endpoint {@code host:port}
   */
  public EndpointMeters endpoint(String region, String endpoint) {
    return endpoints.computeIfAbsent(
        new EndpointKey(region, endpoint),
        key -> new EndpointMeters(key.region, key.endpoint, loops));
  }

  public RegionMeters region(String name) {
    return regions.computeIfAbsent(name, key -> new RegionMeters(key, loops));
  }

  public ListenerMeters listener(String name) {
    return listeners.computeIfAbsent(name, key -> new ListenerMeters(key, loops));
  }

  /** Of a listener that speaks TLS. */
  public TlsMeters tls(String listener) {
    return tls.computeIfAbsent(listener, TlsMeters::new);
  }

  /** What belongs to one event loop; each call makes another handle on the same counts. */
  public LoopMeters loop(int index) {
    return new LoopMeters(loopCells, index);
  }

  /** Rare events. */
  public Counters counters() {
    return counters;
  }

  /** Shows this view's regions and endpoints at each scrape. Once. */
  public void health(Supplier<HealthView> source) {
    registry.getPrometheusRegistry().register(new HealthCollector(source));
  }

  /** Shows these databases at each scrape. Once. */
  public void geo(Supplier<List<DatabaseStatus>> source) {
    registry.getPrometheusRegistry().register(new GeoCollector(source, InstantSource.system()));
  }

  /** Shows what operators let regions have at each scrape. Once. */
  public void dials(Supplier<List<RegionDial>> source) {
    registry.getPrometheusRegistry().register(new DialCollector(source));
  }

  /** Shows what is stored of answers at each scrape. Once. */
  public void cache(ResponseCache cache) {
    registry.getPrometheusRegistry().register(new CacheCollector(cache));
  }

  /** Shows what regions with a capacity have at each scrape. Once. */
  public void capacity(Supplier<List<RegionCapacity>> source) {
    registry.getPrometheusRegistry().register(new CapacityCollector(source, counters));
  }

  /** What becomes of spans. */
  Spans.Counts spans() {
    return process.spans();
  }

  /** Shows what drills did at each scrape. Once. */
  public void drills(Supplier<List<RegionDrill>> source) {
    registry.getPrometheusRegistry().register(new DrillCollector(source));
  }

  /**
   * What traffic has come to.
   *
   * @param names of regions
   */
  public Pulse pulse(List<String> names) {
    return Pulse.take(routes.values(), endpoints.values(), regions, names, System.nanoTime());
  }

  /** Requests so far by the client's country, each an ISO 3166-1 code. */
  public Map<String, Long> countries() {
    Map<String, Long> counts = new HashMap<>();
    List<String> codes = Countries.codes();
    for (int i = 0; i < codes.size(); i++) {
      long count = loopCells.sum(LoopMeters.COUNTRIES + i);
      if (count > 0) {
        counts.put(codes.get(i), count);
      }
    }
    return counts;
  }

  /** Shows how far regions' data lags behind at each scrape. Once. */
  public void lags(Supplier<List<RegionLag>> source) {
    registry.getPrometheusRegistry().register(new LagCollector(source));
  }

  public void draining(BooleanSupplier source) {
    process.draining(source);
  }

  /** Shows the memory for socket buffers, in bytes. */
  public void directMemory(LongSupplier used, long limit) {
    process.directMemory(used, limit);
  }

  /** Shows lines dropped so far, e.g. {@code accessLog::dropped}. */
  public void accessLogDropped(LongSupplier source) {
    process.accessLogDropped(source);
  }

  /**
   * Ends the series of all that this configuration does not name. Whoever still holds their meters
   * may go on counting; nobody sees it.
   */
  public void retain(MeridianConfig config) {
    Set<String> listenerNames = new HashSet<>();
    for (Listener listener : config.listeners()) {
      listenerNames.add(listener.name());
    }
    Set<String> routeNames = new HashSet<>(Set.of(NO_ROUTE));
    for (Route route : config.routes()) {
      routeNames.add(route.name());
    }
    Set<String> regionNames = new HashSet<>();
    Set<EndpointKey> endpointKeys = new HashSet<>();
    for (Region region : config.regions()) {
      regionNames.add(region.name());
      for (Region.Endpoint endpoint : region.endpoints()) {
        endpointKeys.add(new EndpointKey(region.name(), endpoint.name()));
      }
    }
    Set<String> fenceNames = new HashSet<>();
    for (Fence fence : config.fences()) {
      fenceNames.add(fence.name());
    }
    retain(listenerNames, routeNames, regionNames, endpointKeys, fenceNames);
  }

  void retain(
      Set<String> listenerNames,
      Set<String> routeNames,
      Set<String> regionNames,
      Set<EndpointKey> endpointKeys,
      Set<String> fenceNames) {
    listeners.keySet().retainAll(listenerNames);
    tls.keySet().retainAll(listenerNames);
    routes
        .keySet()
        .removeIf(key -> !listenerNames.contains(key.listener) || !routeNames.contains(key.route));
    regions.keySet().retainAll(regionNames);
    endpoints.keySet().retainAll(endpointKeys);
    counters.retain(routeNames, regionNames, fenceNames);
  }

  /**
   * Everything, as text. Takes a millisecond or more: never on an event loop that carries traffic.
   *
   * @param accept the request's {@code Accept}: OpenMetrics or Prometheus's own format
   */
  public String scrape(@Nullable String accept) {
    watchRuntime();
    return registry.scrape(contentType(accept));
  }

  /** All families of our own, with those that have no series yet. */
  List<Family.Described> families() {
    return java.util.Collections.list(registry.getPrometheusRegistry().metricFamilySamples())
        .stream()
        .filter(Family.Described.class::isInstance)
        .map(Family.Described.class::cast)
        .toList();
  }

  /** The {@code Content-Type} of what {@link #scrape} returns. */
  public static String contentType(@Nullable String accept) {
    return TextFormat.chooseContentType(accept);
  }

  @Override
  public synchronized void close() {
    if (garbageCollection != null) {
      garbageCollection.close();
    }
    registry.close();
  }
}
