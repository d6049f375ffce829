package io.meridian.proxy.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the demo shows at one time.
 *
 * @param seconds since the start
 */
public record Frame(long seconds, Totals totals, List<Row> rows) {
  private static final String HEAD =
      String.format(
          Locale.ROOT,
          "  %-13s %-10s %-10s %9s  %-27s %s",
          "region",
          "place",
          "state",
          "estimate",
          "traffic, last 5 s",
          "last event");

  private static final int BAR = 20;

  /**
   * A region.
   *
   * @param share of the requests answered in the last seconds, 0 to 1
   * @param event the last thing that happened to it; empty if nothing has
   */
  record Row(
      String region,
      String place,
      String state,
      double estimateMillis,
      double share,
      String event) {}

  /** The table, a line each. */
  List<String> table() {
    List<String> lines = new ArrayList<>();
    lines.add(HEAD);
    for (Row row : rows) {
      String bar = "█".repeat((int) Math.round(row.share * BAR));
      lines.add(
          String.format(
              Locale.ROOT,
              "  %-13s %-10s %-10s %6.1f ms  %-20s %4.0f %%  %s",
              row.region,
              row.place,
              row.state,
              row.estimateMillis,
              bar,
              row.share * 100,
              row.event));
    }
    lines.add("");
    lines.add("  " + seconds + " s: " + totals);
    return lines;
  }

  /** All of it on one line. */
  String line() {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%3d s  %s", seconds, totals));
    for (Row row : rows) {
      text.append(
          String.format(
              Locale.ROOT,
              "; %s %s %.1f ms %.0f %%",
              row.region,
              row.state,
              row.estimateMillis,
              row.share * 100));
    }
    return text.toString();
  }
}
