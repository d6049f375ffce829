package io.meridian.proxy.cli;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.Secrets;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A command that asks a running proxy, and says in the same words as the others what went wrong.
 */
abstract class AdminCommand implements CommandLine.Command {
  /** Where the token file is named, if not by {@code --token-file} or by the configuration. */
  private static final String TOKEN_FILE = "MERIDIAN_TOKEN_FILE";

  protected final PrintStream out;
  protected final PrintStream err;
  private final String name;
  private final Map<String, String> environment;

  AdminCommand(String name, PrintStream out, PrintStream err, Map<String, String> environment) {
    this.name = name;
    this.out = out;
    this.err = err;
    this.environment = environment;
  }

  /** What is said to the proxy; the exit code comes of it. */
  interface Talk {
    int with(AdminClient client) throws UsageException, IOException, InterruptedException;
  }

  /** Opens the way to the proxy that the arguments name. */
  final int ask(Arguments arguments, Talk talk) throws UsageException {
    try (AdminClient client = new AdminClient(AdminAddress.of(arguments, environment))) {
      return talk.with(client);
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return CommandLine.CONFIG;
    } catch (AdminClient.Unreachable e) {
      return failed(e, CommandLine.UNAVAILABLE);
    } catch (IOException e) {
      return failed(e, CommandLine.FAILED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandLine.FAILED;
    }
  }

  private int failed(IOException e, int code) {
    err.println("meridian " + name + ": " + e.getMessage());
    return code;
  }

  /**
   * A change, with who asks for it and the token that it needs.
   *
   * @throws IOException also if it was refused
   */
  final AdminClient.Answer change(
      AdminClient client, String path, Map<String, String> parameters, Arguments arguments)
      throws UsageException, IOException, InterruptedException {
    parameters.put("by", arguments.get("by", environment.getOrDefault("USER", "somebody")));
    Path file = tokenFile(arguments);
    String token;
    try {
      token = Secrets.read(file);
    } catch (IOException e) {
      throw new IOException("token file " + file + " can't be read: " + e.getMessage(), e);
    }
    return client.post(path, parameters, token).orFail();
  }

  private Path tokenFile(Arguments arguments) throws UsageException, IOException {
    String named = arguments.get("token-file");
    if (named == null) {
      named = environment.get(TOKEN_FILE);
    }
    if (named != null) {
      return Path.of(named);
    }
    String config = arguments.get("config");
    Path configured = config == null ? null : configured(Path.of(config));
    if (configured == null) {
      throw new UsageException(
          "a change needs the token of the proxy's admin.token_file (expected: --token-file FILE,"
              + " "
              + TOKEN_FILE
              + " in the environment, or --config FILE with that key)");
    }
    return configured;
  }

  private @Nullable Path configured(Path config) throws IOException {
    try {
      return new ConfigLoader(environment).load(config).admin().tokenFile();
    } catch (ConfigException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
