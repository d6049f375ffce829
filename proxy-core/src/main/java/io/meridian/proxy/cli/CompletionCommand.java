package io.meridian.proxy.cli;

import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes the shell's rules for completing commands and their options, from the help texts. */
final class CompletionCommand implements CommandLine.Command {
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");

  private final PrintStream out;
  private final Map<String, CommandLine.Command> commands;

  /**
   * @param commands by name; read when the command runs
   */
  CompletionCommand(PrintStream out, Map<String, CommandLine.Command> commands) {
    this.out = out;
    this.commands = commands;
  }

  @Override
  public String summary() {
    return "print completion rules for a shell";
  }

  @Override
  public String help() {
    return """
    meridian completion bash|zsh
      Example, in ~/.bashrc: source <(meridian completion bash)
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    if (words.size() != 1 || !List.of("bash", "zsh").contains(words.getFirst())) {
      throw new UsageException("expected: bash or zsh");
    }
    if (words.getFirst().equals("zsh")) {
      out.print("autoload -U +X bashcompinit && bashcompinit\n");
    }
    StringBuilder cases = new StringBuilder();
    commands.forEach((name, command) ->
        cases
            .append("    ")
            .append(name)
            .append(") words='")
            .append(options(command))
            .append("' ;;\n"));
    out.print(
        """
        _meridian() {
          local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words
          COMPREPLY=()
          case $previous in
            --config | --token-file | --dir) COMPREPLY=($(compgen -f -- "$current")); return ;;
          esac
          case $COMP_CWORD:${COMP_WORDS[1]} in
            1:*) words='COMMANDS' ;;
            2:regions) words='drain down up dial clear --admin --config --json' ;;
            2:drill) words='start stop status report' ;;
            2:completion) words='bash zsh' ;;
            *) case ${COMP_WORDS[1]} in
        CASES    esac ;;
          esac
          COMPREPLY=($(compgen -W "$words" -- "$current"))
        }
        complete -F _meridian meridian
        """
            .replace("COMMANDS", String.join(" ", commands.keySet()))
            .replace("CASES", cases));
    return CommandLine.OK;
  }

  private static String options(CommandLine.Command command) {
    TreeSet<String> options = new TreeSet<>(List.of("--help"));
    Matcher option = OPTION.matcher(command.help());
    while (option.find()) {
      options.add(option.group());
    }
    return String.join(" ", options);
  }
}
