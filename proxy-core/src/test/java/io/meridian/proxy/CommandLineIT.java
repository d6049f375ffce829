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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that ask a running proxy. */
class CommandLineIT {
  private static final int OK = 0;
  private static final int FAILED = 1;

  @TempDir Path directory;
  private Map<String, String> environment = Map.of("USER", "ann");
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  /** The exit code; {@link #text} is what was written. */
  private int run(String... words) {
    written.reset();
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    return new CommandLine(out, out, environment).run(words);
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
      says("Drill  none yet");
      assertEquals(
          OK,
          run("regions", "clear", "first", admin, "--token-file", token.toString(), "--reason=x"));
      assertEquals("one", proxy.get("/").body());
    }
  }

  @Test
  void a_drill_is_started_in_a_few_words_and_watched() throws Exception {
    Path token = Files.writeString(directory.resolve("token"), "secret\n");
    environment = Map.of("USER", "ann", "MERIDIAN_TOKEN_FILE", token.toString());
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
                        + "\", controls: { pause: 0s } }")
                .start()) {
      String admin = "--admin=127.0.0.1:" + proxy.meridian().adminAddress().getPort();
      assertEquals(OK, run("drill", "report", admin));
      assertEquals("There was no drill yet.\n", text());
      assertEquals(
          OK, run("drill", "start", "region=first", "for=5m", "share=100%", admin), this::text);
      says("first failed for 100 % of the clients, by ann from 127.0.0.1: drill");
      Await.until("the drill to be in force", () -> proxy.get("/").body().equals("two"));
      assertEquals(OK, run("top", "--once", admin));
      says("Drill  first, 100 % of the clients, ");
      says(" s to go: ");
      assertEquals(FAILED, run("drill", "start", "region=second", "for=5m", "share=1%", admin));
      says("refused by rule one_drill");
      assertEquals(OK, run("drill", "stop", admin, "--reason", "seen"));
      says("stopped");
      assertEquals(OK, run("top", "--once", admin));
      says("Drill  first, 100 % of the clients, stopped ");
    }
  }
}
