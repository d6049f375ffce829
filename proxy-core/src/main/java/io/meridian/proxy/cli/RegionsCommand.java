package io.meridian.proxy.cli;

import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Lists the regions of a running proxy, takes one out, or gives it back. */
final class RegionsCommand extends AdminCommand {
  private static final List<String> ACTIONS =
      List.of("drain", "down", "up", "dial", "promote", "clear");
  private static final Set<String> OPTIONS =
      Set.of("admin", "config", "token-file", "ttl", "reason", "by", "percent");

  RegionsCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    super("regions", out, err, environment);
  }

  @Override
  public String summary() {
    return "list the regions of a running proxy; drain one, or give it back";
  }

  @Override
  public List<String> actions() {
    return ACTIONS;
  }

  @Override
  public String help() {
    return """
    meridian regions [--admin HOST:PORT | --config FILE] [--json]
    meridian regions ACTION REGION --reason TEXT [--ttl 30m] [--percent N] [--token-file FILE] [--by NAME]
      Without ACTION: state, estimate, share of the traffic and dial of each region.
        drain  takes its traffic away little by little      up     gives it all of its traffic
        down   takes its traffic away at once               dial   gives it --percent of its traffic
        promote  puts it first in routes with policy priority and in lists of primaries
        clear  ends what was asked before: it is as the file says again
      All but clear need --ttl, after which they end by themselves. --by is you, unless said otherwise.
      --admin is 127.0.0.1:9901 unless said otherwise; --config takes it from the file. An ACTION needs
      the token in the proxy's admin.token_file: --token-file, MERIDIAN_TOKEN_FILE in the environment,
      or what the file of --config names.
      Exit code 0 if it was done, 1 if it was refused, with the rule that forbids it, 69 if no proxy
      answers, 78 if the file of --config is wrong.
      Examples: meridian regions
                meridian regions drain eu-west --token-file token --ttl 30m --reason "deploy 4711"
                meridian regions dial eu-west --percent 20 --token-file token --ttl 2h --reason "warm up"
                meridian regions clear eu-west --token-file token --reason "deploy done"
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    boolean changes = !words.isEmpty() && !Arguments.isOption(words.getFirst(), OPTIONS);
    if (changes && (words.size() < 2 || !ACTIONS.contains(words.getFirst()))) {
      throw new UsageException("expected: drain, down, up, dial, promote or clear, and a region");
    }
    Arguments arguments =
        Arguments.parse(changes ? words.subList(2, words.size()) : words, OPTIONS, Set.of("json"));
    return ask(
        arguments,
        client -> {
          AdminClient.Answer answer =
              changes
                  ? change(client, words.getFirst(), words.get(1), arguments)
                  : client.get("/api/regions").orFail();
          if (arguments.has("json")) {
            out.println(answer.body().toPrettyString());
          } else {
            out.print(RegionTable.of((changes ? client.get("/api/regions") : answer).body()));
          }
          return CommandLine.OK;
        });
  }

  private AdminClient.Answer change(
      AdminClient client, String action, String region, Arguments arguments)
      throws UsageException, IOException, InterruptedException {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("reason", arguments.require("reason"));
    if (!action.equals("clear")) {
      parameters.put("ttl", arguments.require("ttl"));
    }
    if (action.equals("dial")) {
      parameters.put("percent", arguments.require("percent"));
    }
    String path = "/api/regions/" + AdminClient.encoded(region) + "/" + action;
    return change(client, path, parameters, arguments);
  }
}
