package io.meridian.proxy.telemetry;

import io.meridian.proxy.cache.ResponseCache;
import io.prometheus.client.Collector;
import java.util.List;

/** What is stored of answers, over all routes. */
final class CacheCollector extends Collector {
  private final ResponseCache cache;

  CacheCollector(ResponseCache cache) {
    this.cache = cache;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Family bytes = Family.gauge("cache_bytes", "Bytes of stored answers, heads and bodies.");
    bytes.add(cache.bytes());
    Family most = Family.gauge("cache_max_bytes", "Bytes that stored answers may take.");
    most.add(cache.maxBytes());
    Family entries = Family.gauge("cache_entries", "URIs with stored answers.");
    entries.add(cache.size());
    Family evictions =
        Family.counter("cache_evictions_total", "URIs that were driven out by others.");
    evictions.add(cache.evictions());
    return List.of(bytes.done(), most.done(), entries.done(), evictions.done());
  }
}
