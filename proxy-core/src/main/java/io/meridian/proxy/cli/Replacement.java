package io.meridian.proxy.cli;

import io.meridian.config.Listener;
import io.meridian.config.MeridianConfig;
import io.meridian.proxy.Meridian;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the place of a running process: listens beside it, and when all is ready tells it to stop.
 * It steers new clients here, finishes its requests, and leaves its admin address to us.
 */
final class Replacement {
  private static final Logger log = LoggerFactory.getLogger(Replacement.class);
  private static final Duration READY = Duration.ofSeconds(10);
  private static final long LOOK_MILLIS = 50;

  private Replacement() {}

  /**
   * The process that is to be replaced; null: none. Nothing but a running Meridian is taken: it
   * will get a signal.
   */
  static @Nullable ProcessHandle of(Arguments arguments) throws UsageException {
    String pid = arguments.get("replace");
    if (pid == null) {
      return null;
    }
    try {
      ProcessHandle process = ProcessHandle.of(Long.parseLong(pid)).orElse(null);
      if (process == null || process.equals(ProcessHandle.current())) {
        throw new UsageException("--replace: no other process has the id " + pid);
      }
      if (!RunningProxy.is(process.pid())) {
        throw new UsageException(
            "--replace: process "
                + pid
                + " is no running Meridian (expected: java -jar"
                + " meridian.jar run, of the same user)");
      }
      return process;
    } catch (NumberFormatException e) {
      throw new UsageException("--replace: " + pid + " (expected: a process id)");
    }
  }

  /**
   * Checks that the process has a listener of this configuration, as far as it lets itself be
   * looked at: the wrong one of two proxies must not end.
   */
  static void checkSamePlace(MeridianConfig config, ProcessHandle former) throws UsageException {
    Set<Integer> ports = new TreeSet<>();
    for (Listener listener : config.listeners()) {
      ports.add(listener.address().port());
    }
    boolean same;
    try {
      same = ports.contains(0) || RunningProxy.listensOnOneOf(former.pid(), ports);
    } catch (IOException e) {
      log.debug("process {} can't be looked at", former.pid(), e);
      return;
    }
    if (!same) {
      throw new UsageException(
          "--replace: process "
              + former.pid()
              + " listens on no port of this configuration: "
              + ports);
    }
  }

  /**
   * Starts, and returns when the other process has left the admin address.
   *
   * @throws IOException if this process can't start, or the other does not leave in time; it goes
   *     on then as if nothing had been, unless it was told to stop already
   */
  static Meridian start(MeridianConfig config, ProcessHandle former)
      throws IOException, InterruptedException {
    Meridian meridian = Meridian.startBeside(config);
    try {
      await(READY, meridian::ready);
      log.info("ready: process {} is told to stop", former.pid());
      if (!former.destroy()) {
        throw new IOException("process " + former.pid() + " can't be told to stop");
      }
      IOException[] last = new IOException[1];
      boolean opened =
          await(
              config.timeouts().drain().plusSeconds(10),
              () -> {
                try {
                  meridian.openAdmin();
                  return true;
                } catch (IOException e) {
                  last[0] = e;
                  return false;
                }
              });
      if (!opened) {
        throw last[0];
      }
      return meridian;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      meridian.close();
      throw e;
    }
  }

  private interface Condition {
    boolean holds();
  }

  private static boolean await(Duration most, Condition condition) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return true;
  }
}
