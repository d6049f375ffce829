package io.meridian.proxy.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.FormatMethod;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A simulation's outcome as a table or as JSON. */
final class SimulationReport {
  private final Simulation simulation;

  SimulationReport(Simulation simulation) {
    this.simulation = simulation;
  }

  void table(PrintStream out) {
    Tally tally = simulation.tally();
    Tally other = simulation.otherTally();
    Map<String, Double> before = new HashMap<>();
    if (other != null) {
      other.lines().forEach(line -> before.put(line.region(), line.share()));
    }
    line(out, "%d requests, %d lines passed over%n", tally.requests(), simulation.passedOver());
    line(
        out,
        "%-16s %10s %8s %9s %11s%s%n",
        "region",
        "requests",
        "share",
        "rtt ms",
        "peak req/s",
        other == null ? "" : "   against");
    for (Tally.Line row : tally.lines()) {
      line(
          out,
          "%-16s %10d %7.2f%% %9.1f %11.1f%s%n",
          row.region(),
          row.requests(),
          row.share() * 100,
          row.millis(),
          row.busiestPerSecond(),
          other == null
              ? ""
              : String.format(
                  Locale.ROOT,
                  " %+8.2f%%",
                  (row.share() - before.getOrDefault(row.region(), 0.0)) * 100));
    }
    line(
        out,
        "mean round trip from the edge: %.1f ms%s%n",
        tally.meanMillis(),
        other == null
            ? ""
            : String.format(Locale.ROOT, " (%+.1f ms)", tally.meanMillis() - other.meanMillis()));
    counts(out, "refused", tally.refused());
    counts(out, "bound by fence and refused", tally.fences());
    counts(out, "overflow", tally.overflow());
    if (other != null) {
      counts(out, "refused in the other", other.refused());
      counts(out, "overflow in the other", other.overflow());
      counts(out, "moved", simulation.moved());
    }
  }

  private static void counts(PrintStream out, String what, Map<String, Long> counts) {
    counts.forEach((name, count) -> line(out, "%s: %s %d%n", what, name, count));
  }

  @FormatMethod
  private static void line(PrintStream out, String format, @Nullable Object... values) {
    out.print(String.format(Locale.ROOT, format, values));
  }

  String json() {
    ObjectMapper json = new ObjectMapper();
    ObjectNode root = json.createObjectNode();
    root.put("passed_over", simulation.passedOver());
    put(root.putObject("result"), simulation.tally());
    Tally other = simulation.otherTally();
    if (other != null) {
      put(root.putObject("against"), other);
      simulation.moved().forEach(root.putObject("moved")::put);
    }
    return root.toPrettyString();
  }

  private static void put(ObjectNode node, Tally tally) {
    node.put("requests", tally.requests());
    node.put("mean_rtt_ms", rounded(tally.meanMillis()));
    ArrayNode regions = node.putArray("regions");
    for (Tally.Line line : tally.lines()) {
      ObjectNode region = regions.addObject();
      region.put("region", line.region());
      region.put("requests", line.requests());
      region.put("share", rounded(line.share()));
      region.put("rtt_ms", rounded(line.millis()));
      region.put("peak_per_second", rounded(line.busiestPerSecond()));
    }
    tally.refused().forEach(node.putObject("refused")::put);
    tally.fences().forEach(node.putObject("refused_by_fence")::put);
    tally.overflow().forEach(node.putObject("overflow")::put);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }
}
