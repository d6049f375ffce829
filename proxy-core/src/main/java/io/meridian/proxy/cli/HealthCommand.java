package io.meridian.proxy.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.meridian.config.ConfigException;
import io.meridian.config.HostPort;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Asks a running proxy whether it is ready: the health check of a container without a shell. */
final class HealthCommand implements CommandLine.Command {
  private static final int TIMEOUT_MILLIS = 2_000;

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;

  HealthCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    this.environment = environment;
  }

  @Override
  public String summary() {
    return "ask a running proxy whether it is ready";
  }

  @Override
  public String help() {
    return """
    meridian health [--admin HOST:PORT | --config FILE]
      Asks /readyz of the admin address (127.0.0.1:9901 unless said otherwise; --config takes it
      from the file). Exit code 0 if the proxy is ready, 1 if not, or if it can't be reached.
      Example: meridian health --config /etc/meridian/meridian.yaml
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments = Arguments.parse(words, AdminAddress.OPTIONS, Set.of());
    try {
      HostPort admin = AdminAddress.of(arguments, environment);
      return ask(admin);
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return CommandLine.CONFIG;
    } catch (IOException e) {
      err.println("meridian health: " + e.getMessage());
      return CommandLine.FAILED;
    }
  }

  /** By a plain socket: an HTTP client would take longer to load than all the rest. */
  private int ask(HostPort admin) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(admin.host(), admin.port()), TIMEOUT_MILLIS);
      socket
          .getOutputStream()
          .write(
              ("GET /readyz HTTP/1.1\r\nHost: " + admin + "\r\nConnection: close\r\n\r\n")
                  .getBytes(US_ASCII));
      var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      String status = reader.readLine();
      String line = status;
      while (line != null && !line.isEmpty()) {
        line = reader.readLine();
      }
      String reason = reader.readLine();
      out.println(reason == null ? "no answer" : reason);
      return status != null && status.startsWith("HTTP/1.1 200 ")
          ? CommandLine.OK
          : CommandLine.FAILED;
    }
  }
}
