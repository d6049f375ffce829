package io.meridian.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What scripts and shells rest on: exit codes, help, completion. */
class CommandLineTest {
  private static final String RIGHT =
      """
      version: 1
      listeners: [{ name: public, address: "127.0.0.1:0" }]
      regions: [{ name: one, endpoints: [{ url: "http://127.0.0.1:9" }] }]
      """;
  private static final Pattern OPTION = Pattern.compile("--([a-z][a-z-]*)");

  @TempDir Path directory;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  private int run(String... words) {
    written.reset();
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    return new CommandLine(out, out, Map.of("USER", "ann")).run(words);
  }

  private String text() {
    return written.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
           0 | --help
           0 | help
           0 | version
           0 | --version
           0 | run --help
           0 | drill start --help
           0 | check --config RIGHT
           0 | check config=RIGHT
           0 | explain --config RIGHT --ip 192.0.2.1
           0 | schema
           0 | completion fish
           1 | run --config BUSY
           1 | regions drain one --admin CLOSED --ttl 5m --reason x --token-file MISSING
           1 | drill start region=one for=5m share=20% admin=CLOSED token-file=MISSING
           1 | health --admin CLOSED
           1 | simulate --config RIGHT --log MISSING
           1 | backend --name one --port TAKEN
          64 | explode
          64 | version please
          64 | check
          64 | check --config RIGHT --nosuch
          64 | run --config RIGHT --replace somebody
          64 | explain --config RIGHT --ip nowhere
          64 | explain --config RIGHT --ip 192.0.2.1 --down two
          64 | simulate --config RIGHT --log MISSING --column none
          64 | regions explode one
          64 | regions drain one --admin CLOSED --ttl 5m --reason x
          64 | regions dial one --admin CLOSED --ttl 5m --reason x --token-file TOKEN
          64 | drill
          64 | drill start region=one --admin CLOSED
          64 | drill start region=one for=5m share=20% admin=CLOSED
          64 | top --admin nowhere
          64 | completion tcsh
          64 | backend
          64 | demo --for ever
          64 | train
          69 | regions --admin CLOSED
          69 | regions drain one --admin CLOSED --ttl 5m --reason x --token-file TOKEN
          69 | drill status --admin CLOSED
          69 | drill start region=one for=5m share=20% admin=CLOSED token-file=TOKEN
          69 | top --once --admin CLOSED
          78 | check --config WRONG
          78 | check --config MISSING
          78 | run --config WRONG
          78 | explain --config WRONG --ip 192.0.2.1
          78 | simulate --config WRONG --log RIGHT
          78 | regions --config WRONG
          78 | drill status --config WRONG
          78 | top --config WRONG
          78 | health --config WRONG
          """)
  void each_outcome_has_its_exit_code(int code, String line) throws IOException {
    Path right = Files.writeString(directory.resolve("right.yaml"), RIGHT);
    Path wrong = Files.writeString(directory.resolve("wrong.yaml"), "version: 1\nlistener: []\n");
    Path token = Files.writeString(directory.resolve("token"), "secret\n");
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String[] words =
          line.replace("RIGHT", right.toString())
              .replace("WRONG", wrong.toString())
              .replace("TOKEN", token.toString())
              .replace("MISSING", directory.resolve("missing").toString())
              .replace("CLOSED", "127.0.0.1:" + closed)
              .replace("BUSY", busy(taken.getLocalPort()).toString())
              .replace("TAKEN", Integer.toString(taken.getLocalPort()))
              .split(" ", -1);
      assertEquals(code, run(words), () -> line + "\n" + text());
      assertFalse(text().isBlank(), line);
    }
  }

  /** A configuration whose listener can't be had. */
  private Path busy(int port) throws IOException {
    return Files.writeString(
        directory.resolve("busy.yaml"), RIGHT.replace("127.0.0.1:0", "127.0.0.1:" + port));
  }

  @Test
  void without_a_word_the_help_goes_to_standard_error() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    PrintStream other = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertEquals(64, new CommandLine(out, other, Map.of()).run());
    assertEquals("", text());
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("meridian demo"));
  }

  /** The commands that the help lists. */
  private static List<String> commands() {
    CommandLineTest shell = new CommandLineTest();
    shell.run("--help");
    Matcher listed = Pattern.compile("(?m)^  ([a-z]+) ").matcher(shell.text());
    List<String> names = new ArrayList<>();
    while (listed.find()) {
      names.add(listed.group(1));
    }
    assertTrue(names.size() > 12, names::toString);
    return names;
  }

  /** The options that a command takes, as it says itself when it is given another. */
  private Set<String> taken(String command) {
    String[] words = {command, "--nosuch"};
    if (command.equals("drill")) {
      words = new String[] {command, "start", "--nosuch"};
    }
    assertEquals(64, run(words), text());
    Set<String> names = new TreeSet<>();
    text()
        .lines()
        .filter(line -> line.contains("unknown option: --nosuch"))
        .findFirst()
        .ifPresent(line -> find(line.substring(line.indexOf("expected")), names));
    return names;
  }

  private static void find(String text, Set<String> names) {
    Matcher option = OPTION.matcher(text);
    while (option.find()) {
      names.add(option.group(1));
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void each_command_explains_its_options_by_an_example(String command) {
    Set<String> taken = taken(command);
    assertEquals(0, run(command, "--help"));
    String help = text();
    assertTrue(help.startsWith("meridian " + command), help);
    assertTrue(command.equals("train") || help.contains("Example"), help);
    Set<String> told = new TreeSet<>();
    find(help, told);
    assertTrue(told.containsAll(taken), () -> taken + " are taken, the help tells of " + told);
    if (!command.equals("train")) { // what is behind -- are options of Java
      told.removeAll(taken);
      assertEquals(new TreeSet<String>(), told, "told of, but not taken");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void a_shell_completes_every_command_and_option(String shell) {
    for (String command : commands()) {
      Set<String> taken = taken(command);
      assertEquals(0, run("completion", shell));
      String rules = text();
      for (String option : taken) {
        Pattern rule =
            shell.equals("fish")
                ? Pattern.compile("seen_subcommand_from " + command + "' -l " + option + "( |\n)")
                : Pattern.compile("(?m)^ +" + command + "\\) words='([^']* )?--" + option + "[ ']");
        assertTrue(rule.matcher(rules).find(), () -> command + " --" + option + "\n" + rules);
      }
      assertTrue(rules.contains(command), command);
    }
  }

  @Test
  void actions_are_completed_too() {
    run("completion", "bash");
    assertTrue(text().contains("2:regions) words='drain down up dial promote clear "), text());
    assertTrue(text().contains("2:drill) words='start stop status report "), text());
    run("completion", "fish");
    assertTrue(text().contains("__fish_seen_subcommand_from drill' -a start\n"), text());
    run("completion", "zsh");
    assertTrue(text().contains("bashcompinit"), text());
  }
}
