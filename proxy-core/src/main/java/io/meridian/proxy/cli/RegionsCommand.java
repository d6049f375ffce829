package io.meridian.proxy.cli;

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

/** Lists the regions of a running proxy, takes one out, or gives it back. */
final class RegionsCommand implements CommandLine.Command {
  private static final Set<String> ACTIONS =
      Set.of("drain", "down", "up", "dial", "promote", "clear");
  private static final Set<String> OPTIONS =
      Set.of("admin", "config", "token-file", "ttl", "reason", "by", "percent");

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;

  RegionsCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    this.environment = environment;
  }

  @Override
  public String summary() {
    return "list the regions of a running proxy; drain one, or give it back";
  }

  @Override
  public String help() {
    return """
    meridian regions [--admin HOST:PORT | --config FILE] [--json]
    meridian regions ACTION REGION --token-file FILE --reason TEXT [--ttl 30m] [--percent N] [--by NAME]
      Without ACTION: state, estimate, share of the traffic and dial of each region.
        drain  takes its traffic away little by little      up     gives it all of its traffic
        down   takes its traffic away at once               dial   gives it --percent of its traffic
        promote  puts it first in routes with policy priority and in lists of primaries
        clear  ends what was asked before: it is as the file says again
      All but clear need --ttl, after which they end by themselves. --by is you, unless said otherwise.
      Exit code 0 if it was done, 1 if it was refused, with the rule that forbids it.
      Examples: meridian regions
                meridian regions drain eu-west --token-file token --ttl 30m --reason "deploy 4711"
                meridian regions clear eu-west --token-file token --reason "deploy done"
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    boolean changes = !words.isEmpty() && !words.getFirst().startsWith("--");
    if (changes && (words.size() < 2 || !ACTIONS.contains(words.getFirst()))) {
      throw new UsageException("expected: drain, down, up, dial, promote or clear, and a region");
    }
    Arguments arguments =
        Arguments.parse(changes ? words.subList(2, words.size()) : words, OPTIONS, Set.of("json"));
    try (AdminClient client = new AdminClient(AdminAddress.of(arguments, environment))) {
      AdminClient.Answer answer =
          changes
              ? change(client, words.getFirst(), words.get(1), arguments)
              : client.get("/api/regions");
      if (!answer.good()) {
        err.println("meridian regions: " + answer.error());
        return CommandLine.FAILED;
      }
      if (arguments.has("json")) {
        out.println(answer.body().toPrettyString());
      } else {
        out.print(RegionTable.of((changes ? client.get("/api/regions") : answer).body()));
      }
      return CommandLine.OK;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return CommandLine.CONFIG;
    } catch (IOException e) {
      err.println("meridian regions: " + e.getMessage());
      return CommandLine.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandLine.FAILED;
    }
  }

  private AdminClient.Answer change(
      AdminClient client, String action, String region, Arguments arguments)
      throws UsageException, IOException, InterruptedException {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("reason", arguments.require("reason"));
    parameters.put("by", arguments.get("by", environment.getOrDefault("USER", "somebody")));
    if (!action.equals("clear")) {
      parameters.put("ttl", arguments.require("ttl"));
    }
    if (action.equals("dial")) {
      parameters.put("percent", arguments.require("percent"));
    }
    Path file = Path.of(arguments.require("token-file"));
    String token;
    try {
      token = Secrets.read(file);
    } catch (IOException e) {
      throw new IOException("token file " + file + " can't be read: " + e.getMessage(), e);
    }
    return client.post(
        "/api/regions/" + AdminClient.encoded(region) + "/" + action, parameters, token);
  }
}
