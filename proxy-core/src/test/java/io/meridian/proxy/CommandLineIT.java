package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.cli.CommandLine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that ask a running proxy. */
class CommandLineIT {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 64;

  @TempDir Path directory;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  /** The exit code; {@link #text} is what was written. */
  private int run(String... words) {
    written.reset();
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    return new CommandLine(out, out, Map.of("USER", "ann")).run(words);
  }

  private String text() {
    return written.toString(StandardCharsets.UTF_8);
  }

  private void says(String part) {
    assertTrue(text().contains(part), this::text);
  }

  @Test
  void a_region_is_listed_drained_and_given_back() throws Exception {
    Path token = Files.writeString(directory.resolve("token"), "secret\n");
    Path wrong = Files.writeString(directory.resolve("wrong"), "guess\n");
    try (Origin one = Origin.saying("one");
        Origin two = Origin.saying("two");
        Proxy proxy =
            Proxy.on("nio")
                .region("first", one)
                .region("second", two)
                .with(
                    "admin",
                    "{ address: \"127.0.0.1:0\", token_file: \""
                        + token
                        + "\", controls: { pause: 0s, drain_over: 0s } }")
                .start()) {
      String admin = "--admin=127.0.0.1:" + proxy.meridian().adminAddress().getPort();
      assertEquals(OK, run("health", admin));
      assertEquals("serving\n", text());
      assertEquals(OK, run("regions", admin));
      says("first");
      says("100 %");
      assertEquals(OK, run("regions", admin, "--json"));
      says("\"estimate_millis\"");

      String[] drain = {
        "regions",
        "drain",
        "first",
        admin,
        "--token-file",
        token.toString(),
        "--ttl",
        "5m",
        "--reason",
        "deploy 4711"
      };
      assertEquals(OK, run(drain), this::text);
      says("drain to 0 % by ann from 127.0.0.1");
      assertEquals("two", proxy.get("/").body());
      drain[2] = "second";
      assertEquals(FAILED, run(drain));
      says("refused by rule min_regions");
      drain[2] = "third";
      assertEquals(FAILED, run(drain));
      says("no such region: third");
      drain[5] = wrong.toString();
      assertEquals(FAILED, run(drain));
      says("Authorization: missing or wrong");

      assertEquals(OK, run("top", "--once", admin));
      says("edge");
      says("100 % -> 0 %");
      assertEquals(
          OK,
          run("regions", "clear", "first", admin, "--token-file", token.toString(), "--reason=x"));
      assertEquals("one", proxy.get("/").body());
    }
  }

  @Test
  void nobody_there_is_a_failure_and_a_wrong_word_another() throws Exception {
    int free;
    try (var socket = new java.net.ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    String admin = "--admin=127.0.0.1:" + free;
    assertEquals(FAILED, run("health", admin));
    assertEquals(FAILED, run("regions", admin));
    says("no answer from 127.0.0.1:" + free);
    assertEquals(FAILED, run("top", admin, "--once"));
    assertEquals(USAGE, run("regions", "explode", "first"));
    assertEquals(USAGE, run("regions", "drain", "first", admin));
    assertEquals(USAGE, run("health", "--admin=nowhere"));
    assertEquals(USAGE, run("completion", "fish"));
    assertEquals(USAGE, run("backend"));
  }

  @Test
  void the_shell_completes_every_command_that_the_help_lists() {
    run("--help");
    Matcher listed = Pattern.compile("(?m)^  ([a-z]+) ").matcher(text());
    run("completion", "bash");
    String rules = text();
    int commands = 0;
    while (listed.find()) {
      commands++;
      assertTrue(rules.contains("    " + listed.group(1) + ") words='"), listed.group(1));
    }
    assertTrue(commands > 8, rules);
    assertTrue(rules.contains("--token-file"), rules);
    run("completion", "zsh");
    says("bashcompinit");
  }
}
