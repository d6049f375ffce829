package io.meridian.proxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** The regions as the API tells of them, in columns. */
final class RegionTable {
  private static final String ROW = "%-16s %-10s %9s %8s %6s  %s%n";

  private RegionTable() {}

  /**
   * @param overview the answer of {@code /api/regions}
   */
  static String of(JsonNode overview) {
    StringBuilder text = new StringBuilder();
    text.append(String.format(ROW, "REGION", "STATE", "ESTIMATE", "TRAFFIC", "DIAL", "WHY"));
    for (JsonNode region : overview.path("regions")) {
      String estimate =
          String.format(
              Locale.ROOT,
              "%s%.1f ms",
              region.path("measured").asBoolean() ? "" : "~",
              region.path("estimate_millis").asDouble());
      text.append(
          String.format(
              Locale.ROOT,
              ROW,
              region.path("name").asText(),
              region.path("state").asText(),
              estimate,
              Math.round(region.path("traffic_ratio").asDouble() * 100) + " %",
              region.path("dial").asInt() + " %",
              why(region)));
    }
    return text.toString();
  }

  private static String why(JsonNode region) {
    JsonNode control = region.path("control");
    if (!control.isObject()) {
      return region.path("cause").asText();
    }
    return control.path("action").asText()
        + " to "
        + control.path("target").asInt()
        + " % by "
        + control.path("by").asText()
        + ", "
        + Math.round(control.path("remaining_seconds").asDouble())
        + " s left: "
        + control.path("reason").asText();
  }
}
