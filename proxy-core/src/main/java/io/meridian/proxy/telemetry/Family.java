package io.meridian.proxy.telemetry;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import java.util.ArrayList;
import java.util.List;

/** One metric family in the making: every series has the same label names. */
final class Family {
  private final String name;
  private final Collector.Type type;
  private final String help;
  private final List<String> labels;
  private final List<MetricFamilySamples.Sample> samples = new ArrayList<>();

  private Family(String name, Collector.Type type, String help, String... labels) {
    this.name = "meridian_" + name;
    this.type = type;
    this.help = help;
    this.labels = List.of(labels);
  }

  /** {@code name} ends in {@code _total}; the prefix {@code meridian_} comes by itself. */
  static Family counter(String name, String help, String... labels) {
    return new Family(name, Collector.Type.COUNTER, help, labels);
  }

  static Family gauge(String name, String help, String... labels) {
    return new Family(name, Collector.Type.GAUGE, help, labels);
  }

  static Family histogram(String name, String help, String... labels) {
    return new Family(name, Collector.Type.HISTOGRAM, help, labels);
  }

  Family add(double value, String... labelValues) {
    samples.add(new MetricFamilySamples.Sample(name, labels, List.of(labelValues), value));
    return this;
  }

  Family add(long value, String... labelValues) {
    return add((double) value, labelValues);
  }

  /** A histogram's series from the slots that {@link Buckets#fold} filled. */
  Family add(Buckets buckets, long[] slots, String... labelValues) {
    List<String> plain = List.of(labelValues);
    List<String> withBound = new ArrayList<>(labels);
    withBound.add("le");
    long count = 0;
    for (int i = 0; i <= buckets.size(); i++) {
      count += slots[i];
      List<String> values = new ArrayList<>(plain);
      values.add(i < buckets.size() ? Double.toString(buckets.seconds(i)) : "+Inf");
      samples.add(new MetricFamilySamples.Sample(name + "_bucket", withBound, values, count));
    }
    samples.add(new MetricFamilySamples.Sample(name + "_count", labels, plain, count));
    samples.add(
        new MetricFamilySamples.Sample(
            name + "_sum", labels, plain, slots[buckets.size() + 1] / 1e9));
    return this;
  }

  MetricFamilySamples done() {
    return new Described(name, type, help, labels, samples);
  }

  /** A family that knows its labels even where it has no series. */
  static final class Described extends MetricFamilySamples {
    final String fullName;
    final List<String> labels;

    Described(
        String name,
        Collector.Type type,
        String help,
        List<String> labels,
        List<MetricFamilySamples.Sample> samples) {
      super(name, type, help, samples);
      this.fullName = name;
      this.labels = labels;
    }
  }
}
