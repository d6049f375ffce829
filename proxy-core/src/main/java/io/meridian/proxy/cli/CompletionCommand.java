package io.meridian.proxy.cli;

import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes a shell's rules for completing commands and their options, from the help texts. */
final class CompletionCommand implements CommandLine.Command {
  private static final Pattern OPTION = Pattern.compile("--([a-z][a-z-]*)");
  private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

  /** Options whose value is the name of a file or a directory. */
  private static final Set<String> FILES =
      new TreeSet<>(Set.of("config", "token-file", "dir", "log", "cache", "against"));

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
  public List<String> actions() {
    return SHELLS;
  }

  @Override
  public String help() {
    return """
    meridian completion bash|zsh|fish
      Examples, in ~/.bashrc: source <(meridian completion bash)
                in ~/.zshrc:  source <(meridian completion zsh)
                in fish:      meridian completion fish > ~/.config/fish/completions/meridian.fish
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    if (words.size() != 1 || !SHELLS.contains(words.getFirst())) {
      throw new UsageException("expected: bash, zsh or fish");
    }
    out.print(
        switch (words.getFirst()) {
          case "fish" -> fish();
          case "zsh" ->
              """
              (( $+functions[compdef] )) || { autoload -U compinit && compinit; }
              autoload -U +X bashcompinit && bashcompinit
              """
                  + bash();
          default -> bash();
        });
    return CommandLine.OK;
  }

  private String bash() {
    StringBuilder actions = new StringBuilder();
    StringBuilder options = new StringBuilder();
    commands.forEach((name, command) -> {
      String own = String.join(" ", dashed(options(command)));
      if (!command.actions().isEmpty()) {
        String first = String.join(" ", command.actions());
        actions.append("    2:").append(name).append(") words='").append(first);
        actions.append(own.isEmpty() ? "" : " ").append(own).append("' ;;\n");
      }
      options.append("      ").append(name).append(") words='").append(own).append("' ;;\n");
    });
    return """
    _meridian() {
      local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words
      COMPREPLY=()
      case $previous in
        FILES) COMPREPLY=($(compgen -f -- "$current")); return ;;
      esac
      case $COMP_CWORD:${COMP_WORDS[1]} in
        1:*) words='COMMANDS --help --version' ;;
    ACTIONS    *) case ${COMP_WORDS[1]} in
    OPTIONS    esac ;;
      esac
      COMPREPLY=($(compgen -W "$words" -- "$current"))
    }
    complete -F _meridian meridian
    """
        .replace("FILES", String.join(" | ", dashed(FILES)))
        .replace("COMMANDS", String.join(" ", commands.keySet()))
        .replace("ACTIONS", actions)
        .replace("OPTIONS", options);
  }

  private String fish() {
    StringBuilder text = new StringBuilder("complete -c meridian -f\n");
    commands.forEach((name, command) -> {
      text.append("complete -c meridian -n __fish_use_subcommand -a ").append(name);
      text.append(" -d '").append(command.summary().replace("'", "\\'")).append("'\n");
      String within = "complete -c meridian -n '__fish_seen_subcommand_from " + name + "' ";
      for (String action : command.actions()) {
        text.append(within).append("-a ").append(action).append('\n');
      }
      for (String option : options(command)) {
        text.append(within).append("-l ").append(option);
        text.append(FILES.contains(option) ? " -r -F\n" : "\n");
      }
    });
    return text.toString();
  }

  private static Set<String> options(CommandLine.Command command) {
    TreeSet<String> options = new TreeSet<>(Set.of("help"));
    Matcher option = OPTION.matcher(command.help());
    while (option.find()) {
      options.add(option.group(1));
    }
    return options;
  }

  private static List<String> dashed(Set<String> names) {
    return names.stream().map(name -> "--" + name).toList();
  }
}
