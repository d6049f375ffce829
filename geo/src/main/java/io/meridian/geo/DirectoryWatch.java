package io.meridian.geo;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls back on a thread of its own when anything happened in a directory and rest has returned,
 * and now and then anyway: a symlink swap names another file than the one watched, and a network
 * file system may report nothing.
 */
final class DirectoryWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DirectoryWatch.class);
  private static final int MOST_DEBOUNCES = 20; // a directory that never rests is looked at too

  private final WatchService service;
  private final BooleanSupplier look;
  private final Duration debounce;
  private final Duration poll;
  private final Thread thread;

  /**
   * @param look says whether all is settled; if not it is called again after a debounce
   */
  DirectoryWatch(BooleanSupplier look, Duration debounce, Duration poll) throws IOException {
    service = FileSystems.getDefault().newWatchService();
    this.look = look;
    this.debounce = debounce;
    this.poll = poll;
    thread = Thread.ofPlatform().daemon().name("meridian-geo").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Adds directories; one that can't be watched is left to the poll. */
  void watch(Set<Path> directories) {
    for (Path directory : directories) {
      try {
        directory.register(
            service,
            StandardWatchEventKinds.ENTRY_CREATE,
            StandardWatchEventKinds.ENTRY_MODIFY,
            StandardWatchEventKinds.ENTRY_DELETE);
      } catch (IOException e) {
        log.debug("geo: {} is polled only: {}", directory, e.toString());
      }
    }
  }

  private void run() {
    try {
      boolean settled = true;
      while (true) {
        WatchKey key = take(settled ? poll : debounce);
        for (int i = 0; key != null && i < MOST_DEBOUNCES; i++) {
          key.pollEvents();
          key.reset();
          key = take(debounce);
        }
        if (key != null) {
          key.pollEvents();
          key.reset();
        }
        settled = look.getAsBoolean();
      }
    } catch (ClosedWatchServiceException | InterruptedException e) {
      log.debug("geo: watching ends");
    }
  }

  private WatchKey take(Duration atMost) throws InterruptedException {
    return service.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      log.debug("geo: {}", e.toString());
    }
    thread.interrupt();
  }
}
