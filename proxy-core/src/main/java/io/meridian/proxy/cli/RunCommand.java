package io.meridian.proxy.cli;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.ConfigWatcher;
import io.meridian.config.MeridianConfig;
import io.meridian.proxy.Meridian;
import io.meridian.proxy.cli.Arguments.UsageException;
import io.meridian.proxy.loop.Transport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the proxy until it is told to stop. */
final class RunCommand implements CommandLine.Command {
  private static final Logger log = LoggerFactory.getLogger(RunCommand.class);

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;

  RunCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    this.environment = environment;
  }

  @Override
  public String summary() {
    return "run the proxy";
  }

  @Override
  public String help() {
    return """
    meridian run --config FILE [--replace PID]
      Runs until SIGTERM or SIGINT: then it accepts no more, finishes what is in progress
      (timeouts.drain at most) and exits with 0. A second signal ends it at once.
      A changed file is applied by itself, and on SIGHUP; one that is wrong changes nothing.
          SIGHUP also opens the access log anew.
        --replace  takes the place of the Meridian PID, which has the same listeners: when this one
                   is ready it stops that one by SIGTERM, and no connection is lost; any other
                   process is refused and gets no signal (exit code 64)
      Examples: meridian run --config /etc/meridian/meridian.yaml
                meridian run --config /etc/meridian/meridian.yaml --replace 4711
      Exit code 78 if the configuration is wrong, 1 if an address or database can't be used.
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments = Arguments.parse(words, Set.of("config", "replace"), Set.of());
    Path file = Path.of(arguments.require("config"));
    ConfigLoader loader = new ConfigLoader(environment);
    try {
      ProcessHandle former = Replacement.of(arguments);
      Thread natives = Thread.ofPlatform().name("natives").daemon().start(Transport::available);
      MeridianConfig config = loader.load(file);
      natives.join(); // two threads that initialise Netty's classes could wait for each other
      if (former != null) {
        Replacement.checkSamePlace(config, former);
      }
      try (Meridian meridian =
          former == null ? Meridian.start(config) : Replacement.start(config, former)) {
        err.print(Summary.of(meridian, file));
        return serve(meridian, loader, file);
      }
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return CommandLine.CONFIG;
    } catch (IOException | IllegalArgumentException e) {
      err.println("meridian run: " + e.getMessage());
      return CommandLine.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandLine.FAILED;
    }
  }

  private int serve(Meridian meridian, ConfigLoader loader, Path file) throws InterruptedException {
    CountDownLatch stop = new CountDownLatch(1);
    Runnable onStop =
        () -> {
          if (stop.getCount() == 0) {
            Runtime.getRuntime().halt(CommandLine.FAILED);
          }
          stop.countDown();
        };
    OsSignals.on("TERM", onStop);
    OsSignals.on("INT", onStop);
    Object reloading = new Object();
    Runnable reload =
        () -> {
          synchronized (reloading) {
            reload(meridian, loader, file);
          }
        };
    OsSignals.on(
        "HUP",
        () -> {
          meridian.reopenLogs();
          reload.run();
        });
    try (ConfigWatcher watcher = ConfigWatcher.start(file, _ -> reload.run())) {
      log.debug("watching with {}", watcher);
      stop.await();
    }
    long drainMillis = meridian.snapshot().config().timeouts().drain().toMillis();
    log.info("stopping: {} requests in progress", meridian.requestsInProgress());
    boolean drained = meridian.drain(drainMillis);
    log.info(drained ? "stopped" : "stopped: some connections had to be cut");
    out.flush();
    return CommandLine.OK;
  }

  private static void reload(Meridian meridian, ConfigLoader loader, Path file) {
    try {
      meridian.reload(loader.load(file));
      meridian.configApplied(file.toString());
    } catch (ConfigException | IOException | RuntimeException e) {
      meridian.configRefused(String.valueOf(e.getMessage()));
    }
  }
}
