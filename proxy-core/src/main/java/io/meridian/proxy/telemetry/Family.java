package io.meridian.proxy.telemetry;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.Collector.Type;
import java.util.ArrayList;
import java.util.List;

/** One metric family in the making: every series has the same label names. */
final class Family {
  private final String name;
  private final Type type;
  private final String help;
  private final List<String> labels;
  private final List<Sample> samples = new ArrayList<>();

  private Family(String name, Type type, String help, String... labels) {
    this.name = "meridian_" + name;
    this.type = type;
    this.help = help;
    this.labels = List.of(labels);
  }

  /** {@code name} ends in {@code _total}; the prefix {@code meridian_} comes by itself. */
  static Family counter(String name, String help, String... labels) {
    return new Family(name, Type.COUNTER, help, labels);
  }

  static Family gauge(String name, String help, String... labels) {
    return new Family(name, Type.GAUGE, help, labels);
  }

  static Family histogram(String name, String help, String... labels) {
    return new Family(name, Type.HISTOGRAM, help, labels);
  }

  Family add(double value, String... labelValues) {
    samples.add(new Sample(name, labels, List.of(labelValues), value));
    return this;
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
      samples.add(new Sample(name + "_bucket", withBound, values, count));
    }
    samples.add(new Sample(name + "_count", labels, plain, count));
    samples.add(new Sample(name + "_sum", labels, plain, slots[buckets.size() + 1] / 1e9));
    return this;
  }

  MetricFamilySamples done() {
    return new MetricFamilySamples(name, type, help, samples);
  }
}
