package io.meridian.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code run --replace} sends a signal to a proxy, and to nothing else. */
class RunningProxyTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          true  | java -jar meridian.jar run --config x
          true  | /opt/jre/bin/java -Xmx1g -jar /opt/meridian/meridian.jar run --config x
          true  | java -jar /src/proxy-core/target/proxy-core-0.1.0-SNAPSHOT.jar run --config x
          true  | java -cp lib/a.jar:b.jar io.meridian.proxy.Main run --config x
          false | java -jar meridian.jar demo
          false | java -jar meridian.jar top run
          false | java -jar meridian.jar
          false | java -jar other.jar run --config x
          false | java -jar other.jar -jar meridian.jar run
          false | java -jar unmeridian.jar run
          false | sleep 60
          false | /sbin/init
          """)
  void a_proxy_is_known_by_its_command_line(boolean proxy, String line) {
    assertEquals(proxy, RunningProxy.isRun(List.of(line.split(" "))));
  }

  @Test
  void another_program_is_refused_and_lives_on() throws Exception {
    assertRefused("is no running Meridian", "sleep", "60");
  }

  @Test
  void a_proxy_without_a_listener_of_the_configuration_is_refused_and_lives_on() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/cmdline")), "there is no /proc");
    // A shell that looks like a proxy, and listens nowhere; it ends with its standard input.
    assertRefused(
        "listens on no port", "sh", "-c", "read line", "java", "-jar", "meridian.jar", "run");
  }

  @Test
  void a_process_listens_where_it_does() throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/net/tcp")), "there is no /proc");
    long self = ProcessHandle.current().pid();
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
      assertTrue(RunningProxy.listensOnOneOf(self, Set.of(1, port)));
    }
    assertFalse(RunningProxy.listensOnOneOf(self, Set.of(port)));
  }

  private void assertRefused(String reason, String... command) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("meridian.yaml"),
            """
            version: 1
            listeners: [{ name: public, address: "127.0.0.1:9" }]
            regions: [{ name: one, endpoints: [{ url: "http://127.0.0.1:9" }] }]
            """);
    Process other = new ProcessBuilder(command).start();
    try {
      ByteArrayOutputStream written = new ByteArrayOutputStream();
      PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
      int code =
          new CommandLine(out, out, Map.of())
              .run("run", "--config", file.toString(), "--replace", Long.toString(other.pid()));
      String text = written.toString(StandardCharsets.UTF_8);
      assertEquals(64, code, text);
      assertTrue(text.contains(reason), text);
      assertTrue(other.isAlive(), "it got no signal");
    } finally {
      other.destroyForcibly().waitFor();
    }
  }
}
