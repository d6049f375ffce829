package io.meridian.proxy.telemetry;

import io.meridian.health.HealthView;
import io.meridian.proxy.telemetry.Family.Described;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The manual's page of all meters, from the meters themselves. */
public final class MetricsReference {
  private MetricsReference() {}

  /** The page, in Markdown. */
  public static String markdown() {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Metrics

        What `/metrics` of the admin address shows, in Prometheus's text format or, if asked for, OpenMetrics. This page
        is generated from the code. Times are in seconds, sizes in bytes. Labels take their values from the
        configuration and from fixed lists, never from requests, so the number of series is bounded by the
        configuration; those of a region, route or listener that a reload takes away end.

        A histogram has `_bucket` (with `le`), `_sum` and `_count`. Besides there are `jvm_*`, `process_*` and `system_*` of
        the Java runtime. Dashboards and alert rules that use all this are in `docs/monitoring`.

        | name | type | labels | |
        |---|---|---|---|
        """);
    try (Telemetry telemetry = new Telemetry(1, "")) {
      telemetry.health(() -> new HealthView(0, List.of(), false, false));
      telemetry.geo(List::of);
      telemetry.dials(List::of);
      telemetry.lags(List::of);
      telemetry.families().stream()
          .sorted(Comparator.comparing(family -> family.fullName))
          .forEach(family -> page.append(row(family)));
    }
    return page.toString();
  }

  private static String row(Described family) {
    String labels = family.labels.isEmpty() ? "" : "`" + String.join("`, `", family.labels) + "`";
    return String.format(
        "| `%s` | %s | %s | %s |%n",
        family.fullName, family.type.name().toLowerCase(Locale.ROOT), labels, family.help);
  }
}
