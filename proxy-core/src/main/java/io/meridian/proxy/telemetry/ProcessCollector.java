package io.meridian.proxy.telemetry;

import com.sun.management.OperatingSystemMXBean;
import io.prometheus.client.Collector;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** The process itself: event loops, configuration, log, version, draining. */
final class ProcessCollector extends Collector {
  private final Cells loops;
  private final Counters counters;
  private final String version;
  private final Spans.Counts spans = new Spans.Counts();
  private volatile BooleanSupplier draining = () -> false;
  private volatile LongSupplier logDropped = () -> 0;
  private volatile LongSupplier directUsed = () -> 0;
  private volatile long directLimit;

  ProcessCollector(Cells loops, Counters counters, String version) {
    this.loops = loops;
    this.counters = counters;
    this.version = version;
  }

  Spans.Counts spans() {
    return spans;
  }

  void draining(BooleanSupplier source) {
    draining = source;
  }

  void directMemory(LongSupplier used, long limit) {
    directUsed = used;
    directLimit = limit;
  }

  void accessLogDropped(LongSupplier source) {
    logDropped = source;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    long[] lag = new long[Buckets.LAG.slots()];
    Buckets.LAG.fold(loops, LoopMeters.LAG, lag);
    return List.of(
        Family.histogram("event_loop_lag_seconds", "How late event loops ran a task that was due.")
            .add(Buckets.LAG, lag)
            .done(),
        Family.gauge("event_loops", "Event loops that carry traffic.").add(loops.loops()).done(),
        Family.counter(
                "event_loop_allocated_bytes_total",
                "Heap that event loops have allocated: next to nothing per request.")
            .add(loops.sum(LoopMeters.ALLOCATED))
            .done(),
        Family.gauge("requests_in_progress", "Requests that were let in and are under way.")
            .add(loops.sum(LoopMeters.IN_PROGRESS))
            .done(),
        Family.gauge("requests_held", "Requests that wait for a region to come back.")
            .add(loops.sum(LoopMeters.HELD))
            .done(),
        Family.counter("requests_held_total", "Requests that waited for a region to come back.")
            .add(loops.sum(LoopMeters.HELD_TOTAL))
            .done(),
        events(),
        Family.gauge("streams_open", "Upgraded connections and event streams that are open.")
            .add(loops.sum(LoopMeters.STREAMS))
            .done(),
        Family.gauge("shedding", "Event loops that turn new requests away now, by why.", "reason")
            .add(loops.sum(LoopMeters.SHEDDING_LAG), Rejection.OVERLOAD_LAG.label())
            .add(loops.sum(LoopMeters.SHEDDING_MEMORY), Rejection.OVERLOAD_MEMORY.label())
            .done(),
        Family.gauge("direct_memory_bytes", "Memory for socket buffers.", "state")
            .add(directUsed.getAsLong(), "used")
            .add(directLimit, "limit")
            .done(),
        streamsEnded(),
        Family.counter("geo_lookups_total", "Lookups of a client's place.", "result")
            .add(loops.sum(LoopMeters.GEO_FOUND), "found")
            .add(loops.sum(LoopMeters.GEO_UNKNOWN), "unknown")
            .done(),
        Family.counter(
                "config_reloads_total", "Changed configurations, applied or refused.", "result")
            .add(counters.configApplied.sum(), "success")
            .add(counters.configRefused.sum(), "failure")
            .done(),
        Family.gauge(
                "config_last_reload_success_timestamp_seconds",
                "When the configuration in use was applied.")
            .add(counters.lastConfigEpochMillis / 1000.0)
            .done(),
        Family.counter(
                "access_log_dropped_total", "Access log lines dropped, as the output was too slow.")
            .add(logDropped.getAsLong())
            .done(),
        Family.counter(
                "trace_spans_total",
                "Spans of sampled requests: sent to the collector, refused or lost on the way, or"
                    + " dropped as too many waited.",
                "result")
            .add(spans.exported.sum(), "exported")
            .add(spans.failed.sum(), "failed")
            .add(spans.dropped.sum(), "dropped")
            .done(),
        Family.counter(
                "process_cpu_seconds_total", "Processor time of this process, user and system.")
            .add(cpuSeconds())
            .done(),
        Family.gauge("draining", "1 while the process finishes its last requests.")
            .add(draining.getAsBoolean() ? 1 : 0)
            .done(),
        Family.gauge("build_info", "1; the labels say what is running.", "version", "java")
            .add(1, version, Runtime.version().toString())
            .done());
  }

  private MetricFamilySamples streamsEnded() {
    Family family =
        Family.counter(
            "streams_ended_total",
            "Upgraded connections and event streams that were ended in order, by why.",
            "reason");
    counters.streamsEnded.forEach((why, count) -> family.add(count.sum(), why.label()));
    return family.done();
  }

  private MetricFamilySamples events() {
    Family family =
        Family.counter("events_total", "Changes that the event log has told of.", "kind");
    counters.events.forEach((kind, count) -> family.add(count.sum(), kind));
    return family.done();
  }

  private static double cpuSeconds() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime() / 1e9
        : Double.NaN;
  }
}
