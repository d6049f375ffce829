package io.meridian.proxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shows the regions of a running proxy and what happens to them, anew each second. */
final class TopCommand extends AdminCommand {
  private static final int EVENTS = 10;
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");

  /** To the corner, and everything behind it away (ECMA-48: CUP, ED). */
  private static final String CLEAR = "\u001b[H\u001b[J";

  TopCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    super("top", out, err, environment);
  }

  @Override
  public String summary() {
    return "watch the regions of a running proxy";
  }

  @Override
  public String help() {
    return """
    meridian top [--admin HOST:PORT | --config FILE] [--once]
      A table of the regions, the drill under way and the last events, anew each second until SIGINT;
      --once shows it one time, without control characters. --admin is 127.0.0.1:9901 unless said
      otherwise; --config takes it from the file.
      Exit code 69 if no proxy answers, 78 if the file of --config is wrong.
      Example: meridian top --admin 10.0.0.5:9901
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments = Arguments.parse(words, AdminAddress.OPTIONS, Set.of("once"));
    return ask(
        arguments,
        client -> {
          if (arguments.has("once")) {
            out.print(screen(client));
            return CommandLine.OK;
          }
          CountDownLatch stop = new CountDownLatch(1);
          OsSignals.on("INT", stop::countDown);
          OsSignals.on("TERM", stop::countDown);
          do {
            out.print(CLEAR + screen(client));
            out.flush();
          } while (!stop.await(1, TimeUnit.SECONDS));
          return CommandLine.OK;
        });
  }

  private static String screen(AdminClient client) throws IOException, InterruptedException {
    JsonNode overview = client.get("/api/regions").orFail().body();
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Meridian %s  edge %s  %s  %.0f requests/s%s%n%n",
            overview.path("version").asText(),
            overview.path("edge").asText(),
            overview.path("readiness").path("reason").asText(),
            overview.path("requests_per_second").asDouble(),
            overview.path("self_suspect").asBoolean() ? "  DOUBTS ITSELF" : ""));
    text.append(RegionTable.of(overview)).append('\n');
    text.append(DrillText.line(client.get("/api/drills").orFail().body())).append('\n');
    int shown = 0;
    for (JsonNode event : client.get("/api/events").orFail().body()) {
      if (shown++ < EVENTS) {
        text.append(line(event));
      }
    }
    return text.toString();
  }

  private static String line(JsonNode event) {
    return String.format(
        Locale.ROOT,
        "%s  %s %s: %s -> %s  %s%n",
        TIME.format(
            Instant.ofEpochMilli(event.path("epoch_millis").asLong())
                .atZone(ZoneId.systemDefault())),
        event.path("region").asText(),
        event.path("endpoint").asText(),
        event.path("from").asText(),
        event.path("to").asText(),
        event.path("cause").asText());
  }
}
