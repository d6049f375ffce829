package io.meridian.proxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meridian.config.ConfigException;
import io.meridian.config.Secrets;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Practises the failover of a region of a running proxy. */
final class DrillCommand implements CommandLine.Command {
  private static final Set<String> ACTIONS = Set.of("start", "stop", "status", "report");
  private static final Set<String> OPTIONS =
      Set.of("admin", "config", "token-file", "region", "for", "share", "reason", "by");

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;

  DrillCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    this.environment = environment;
  }

  @Override
  public String summary() {
    return "fail a region on purpose for some clients, and see what comes of it";
  }

  @Override
  public String help() {
    return """
    meridian drill start --region REGION --for 5m --share 20% --token-file FILE [--reason TEXT] [--by NAME]
    meridian drill stop --token-file FILE [--reason TEXT] [--by NAME]
    meridian drill status | report [--admin HOST:PORT | --config FILE] [--json]
      start   for so many of the clients the region counts as not up, whoever they are: the same ones
              as long as the drill lasts. It ends by itself, in time or when a guard breaks
              (admin.controls.drill).
      stop    ends it at once              status  the drill that is under way, and when each
      report  what came of the last one            region's failover was last practised
      Exit code 0 if it was done, 1 if it was refused, with the rule that forbids it.
      Examples: meridian drill start --region eu-west --for 5m --share 20% --token-file token
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
    try (AdminClient client = new AdminClient(AdminAddress.of(arguments, environment))) {
      AdminClient.Answer answer =
          switch (action) {
            case "start" -> start(client, arguments);
            case "stop" -> stop(client, arguments);
            default -> client.get("/api/drills");
          };
      if (!answer.good()) {
        err.println("meridian drill: " + answer.error());
        return CommandLine.FAILED;
      }
      print(action, answer.body(), arguments.has("json"));
      return CommandLine.OK;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return CommandLine.CONFIG;
    } catch (IOException e) {
      err.println("meridian drill: " + e.getMessage());
      return CommandLine.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandLine.FAILED;
    }
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
    return change(client, "start", parameters, arguments, "drill");
  }

  private AdminClient.Answer stop(AdminClient client, Arguments arguments)
      throws UsageException, IOException, InterruptedException {
    return change(client, "stop", new LinkedHashMap<>(), arguments, "no reason given");
  }

  private AdminClient.Answer change(
      AdminClient client,
      String action,
      Map<String, String> parameters,
      Arguments arguments,
      String reason)
      throws UsageException, IOException, InterruptedException {
    parameters.put("reason", arguments.get("reason", reason));
    parameters.put("by", arguments.get("by", environment.getOrDefault("USER", "somebody")));
    Path file = Path.of(arguments.require("token-file"));
    String token;
    try {
      token = Secrets.read(file);
    } catch (IOException e) {
      throw new IOException("token file " + file + " can't be read: " + e.getMessage(), e);
    }
    return client.post("/api/drills/" + action, parameters, token);
  }
}
