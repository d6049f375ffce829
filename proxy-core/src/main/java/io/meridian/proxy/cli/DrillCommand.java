package io.meridian.proxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Practises the failover of a region of a running proxy. */
final class DrillCommand extends AdminCommand {
  private static final List<String> ACTIONS = List.of("start", "stop", "status", "report");
  private static final Set<String> OPTIONS =
      Set.of("admin", "config", "token-file", "region", "for", "share", "reason", "by");

  DrillCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    super("drill", out, err, environment);
  }

  @Override
  public String summary() {
    return "fail a region on purpose for some clients, and see what comes of it";
  }

  @Override
  public List<String> actions() {
    return ACTIONS;
  }

  @Override
  public String help() {
    return """
    meridian drill start region=REGION for=5m share=20% [--token-file FILE] [--reason TEXT] [--by NAME]
    meridian drill stop [--token-file FILE] [--reason TEXT] [--by NAME]
    meridian drill status | report [--admin HOST:PORT | --config FILE] [--json]
      start   for so many of the clients the region counts as not up, whoever they are: the same ones
              as long as the drill lasts. It ends by itself, in time or when a guard breaks
              (admin.controls.drill). --region, --for and --share are the same.
      stop    ends it at once              status  the drill that is under way, and when each
      report  what came of the last one            region's failover was last practised
      --admin is 127.0.0.1:9901 unless said otherwise; --config takes it from the file. start and stop
      need the token in the proxy's admin.token_file: --token-file, MERIDIAN_TOKEN_FILE in the
      environment, or what the file of --config names.
      Exit code 0 if it was done, 1 if it was refused, with the rule that forbids it, 69 if no proxy
      answers, 78 if the file of --config is wrong.
      Examples: meridian drill start region=eu-west for=5m share=20% --token-file token
                meridian drill status
                meridian drill report --json
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    if (words.isEmpty() || !ACTIONS.contains(words.getFirst())) {
      throw new UsageException("expected: start, stop, status or report");
    }
    String action = words.getFirst();
    Arguments arguments = Arguments.parse(words.subList(1, words.size()), OPTIONS, Set.of("json"));
    return ask(
        arguments,
        client -> {
          AdminClient.Answer answer =
              switch (action) {
                case "start" -> start(client, arguments);
                case "stop" -> stop(client, arguments);
                default -> client.get("/api/drills").orFail();
              };
          print(action, answer.body(), arguments.has("json"));
          return CommandLine.OK;
        });
  }

  private void print(String action, JsonNode body, boolean json) {
    boolean over = action.equals("report") || action.equals("stop");
    JsonNode last = body.path("reports").path(0);
    if (json) {
      out.println((over ? last : body).toPrettyString());
    } else if (over) {
      out.print(last.isMissingNode() ? "There was no drill yet.\n" : DrillText.report(last));
    } else {
      out.print(DrillText.status(body));
    }
  }

  private AdminClient.Answer start(AdminClient client, Arguments arguments)
      throws UsageException, IOException, InterruptedException {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String name : List.of("region", "for", "share")) {
      parameters.put(name, arguments.require(name));
    }
    parameters.put("reason", arguments.get("reason", "drill"));
    return change(client, "/api/drills/start", parameters, arguments);
  }

  private AdminClient.Answer stop(AdminClient client, Arguments arguments)
      throws UsageException, IOException, InterruptedException {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("reason", arguments.get("reason", "no reason given"));
    return change(client, "/api/drills/stop", parameters, arguments);
  }
}
