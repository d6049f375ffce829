package io.meridian.proxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Drills as people read them. */
final class DrillText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  private DrillText() {}

  static String status(JsonNode status) {
    StringBuilder text = new StringBuilder();
    JsonNode active = status.path("active");
    text.append(active.isObject() ? report(active) : "No drill is under way.\n").append('\n');
    text.append(String.format("%-20s %s%n", "REGION", "LAST GOOD DRILL"));
    for (JsonNode region : status.path("regions")) {
      JsonNode last = region.path("last_success_epoch_millis");
      text.append(
          String.format(
              "%-20s %s%n",
              region.path("region").asText(), last.isNumber() ? time(last.asLong()) : "never"));
    }
    return text.toString();
  }

  /** In one line: the drill that is under way, or what came of the last one. */
  static String line(JsonNode status) {
    JsonNode active = status.path("active");
    boolean running = active.isObject();
    JsonNode one = running ? active : status.path("reports").path(0);
    if (one.isMissingNode()) {
      return "Drill  none yet\n";
    }
    return String.format(
        Locale.ROOT,
        "Drill  %s, %d %% of the clients, %s: %d requests moved, %d failed, p95 added %s ms%n",
        one.path("region").asText(),
        one.path("share_percent").asInt(),
        running
            ? Math.round(one.path("remaining_seconds").asDouble()) + " s to go"
            : one.path("outcome").asText() + " " + time(one.path("ended_epoch_millis").asLong()),
        one.path("moved").path("requests").asLong(),
        one.path("moved").path("errors").asLong(),
        number(one.path("added_p95_millis")));
  }

  static String report(JsonNode report) {
    StringBuilder text = new StringBuilder();
    String outcome = report.path("outcome").asText();
    text.append(
        String.format(
            Locale.ROOT,
            "Drill %s: %s failed for %d %% of the clients, by %s: %s%n",
            report.path("id").asText(),
            report.path("region").asText(),
            report.path("share_percent").asInt(),
            report.path("by").asText(),
            report.path("reason").asText()));
    text.append(
        String.format(
            Locale.ROOT,
            "  began      %s, in force after %.1f ms, first request moved after %s ms%n",
            time(report.path("started_epoch_millis").asLong()),
            report.path("effect_millis").asDouble(),
            number(report.path("first_moved_millis"))));
    text.append(
        outcome.equals("running")
            ? String.format(
                Locale.ROOT,
                "  running    %.0f s to go%n",
                report.path("remaining_seconds").asDouble())
            : String.format("  %-10s %s%n", outcome, report.path("why").asText()));
    requests(text, "moved", report.path("moved"));
    requests(text, "usual", report.path("usual"));
    text.append(
        String.format(
            "  added      p50 %s ms, p95 %s ms%n",
            number(report.path("added_p50_millis")), number(report.path("added_p95_millis"))));
    for (JsonNode receiver : report.path("receivers")) {
      text.append(
          String.format(
              Locale.ROOT,
              "  to %s: %d requests; in flight %d before, %d at most; %.1f/s before, %.1f/s at most%n",
              receiver.path("region").asText(),
              receiver.path("requests").asLong(),
              receiver.path("in_flight_before").asLong(),
              receiver.path("in_flight_peak").asLong(),
              receiver.path("rate_before").asDouble(),
              receiver.path("rate_peak").asDouble()));
    }
    return text.toString();
  }

  private static void requests(StringBuilder text, String name, JsonNode requests) {
    text.append(
        String.format(
            Locale.ROOT,
            "  %-10s %d requests, %d failed, p50 %s ms, p95 %s ms%n",
            name,
            requests.path("requests").asLong(),
            requests.path("errors").asLong(),
            number(requests.path("p50_millis")),
            number(requests.path("p95_millis"))));
  }

  private static String number(JsonNode value) {
    return value.isNumber() ? String.format(Locale.ROOT, "%.1f", value.asDouble()) : "-";
  }

  private static String time(long epochMillis) {
    return TIME.format(Instant.ofEpochMilli(epochMillis));
  }
}
