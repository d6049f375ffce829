package io.meridian.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls back when the file's content has changed: written in place, renamed over, or reached
 * through a symbolic link that now leads elsewhere, as Kubernetes does.
 *
 * <p>Any event in a directory on the way to the file, or five seconds without one, is a reason to
 * look. What counts is the content: it must differ from what was last reported, and be the same
 * twice, 250 ms apart, so that a half-written file is not reported. A file that is gone is no
 * change.
 */
public final class ConfigWatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigWatcher.class);
  private static final Duration POLL = Duration.ofSeconds(5);
  private static final Duration SETTLE = Duration.ofMillis(250);
  private static final int MAX_LINKS = 40;
  private static final String GONE = "";

  private final Path file;
  private final Consumer<Path> onChange;
  private final Duration poll;
  private final WatchService service;
  private final Thread thread;
  private final Map<Path, WatchKey> watched = new HashMap<>(); // watcher thread only, once started
  private String reported;

  private ConfigWatcher(Path file, Consumer<Path> onChange, Duration poll) {
    this.file = file;
    this.onChange = onChange;
    this.poll = poll;
    Path absolute = file.toAbsolutePath();
    try {
      service = absolute.getFileSystem().newWatchService();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    watchDirectories();
    reported = digest();
    thread = Thread.ofPlatform().name("config-watcher").daemon().unstarted(this::run);
  }

  /**
   * Starts watching on a thread of its own. Changes are those after this call.
   *
   * @param onChange called on that thread, once for each settled change of the content; what it
   *     throws is logged
   */
  public static ConfigWatcher start(Path file, Consumer<Path> onChange) {
    return start(file, onChange, POLL);
  }

  /** As {@link #start(Path, Consumer)}, but looks without an event after {@code poll}. */
  static ConfigWatcher start(Path file, Consumer<Path> onChange, Duration poll) {
    ConfigWatcher watcher = new ConfigWatcher(file, onChange, poll);
    watcher.thread.start();
    return watcher;
  }

  private void run() {
    try {
      while (true) {
        await(poll);
        settleAndReport();
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      LOG.debug("no longer watching {}", file, e);
    }
  }

  private void settleAndReport() throws InterruptedException {
    watchDirectories();
    String seen = digest();
    while (!seen.equals(reported) && !seen.equals(GONE)) {
      TimeUnit.NANOSECONDS.sleep(SETTLE.toNanos());
      String again = digest();
      if (again.equals(seen)) {
        reported = seen;
        report();
        return;
      }
      seen = again;
    }
  }

  private void report() {
    try {
      onChange.accept(file);
    } catch (RuntimeException e) {
      LOG.error("a change of {} was not dealt with", file, e);
    }
  }

  /** Waits for an event; takes those that have come with it. */
  private void await(Duration longest) throws InterruptedException {
    WatchKey key = service.poll(longest.toNanos(), TimeUnit.NANOSECONDS);
    while (key != null) {
      key.pollEvents();
      if (!key.reset()) {
        watched.values().remove(key); // the directory is gone; another may take its name
      }
      key = service.poll();
    }
  }

  /**
   * The file's directory and that of each link on the way; links may lead elsewhere than before.
   */
  private void watchDirectories() {
    Set<Path> directories = new HashSet<>();
    Path step = file.toAbsolutePath().normalize();
    for (int links = 0; links < MAX_LINKS && step != null; links++) {
      step = nextLink(step, directories);
    }
    watched
        .entrySet()
        .removeIf(entry -> {
          boolean left = !directories.contains(entry.getKey());
          if (left) {
            entry.getValue().cancel();
          }
          return left;
        });
    for (Path directory : directories) {
      WatchKey known = watched.get(directory);
      if ((known == null || !known.isValid()) && Files.isDirectory(directory)) {
        register(directory);
      }
    }
  }

  /** Adds the directories down to the first link in the path; where that leads, or null. */
  private static @Nullable Path nextLink(Path path, Set<Path> directories) {
    Path parent = path.getParent();
    if (parent != null) {
      directories.add(parent);
    }
    Path holder = path.getRoot();
    for (int names = 0; names < path.getNameCount() && holder != null; names++) {
      Path part = holder.resolve(path.getName(names));
      if (Files.isSymbolicLink(part)) {
        directories.add(holder);
        try {
          Path target = holder.resolve(Files.readSymbolicLink(part));
          Path rest = part.relativize(path);
          return target.resolve(rest).normalize();
        } catch (IOException e) {
          LOG.debug("the link {} can't be followed", part, e);
          return null;
        }
      }
      holder = part;
    }
    return null;
  }

  private void register(Path directory) {
    try {
      watched.put(
          directory,
          directory.register(
              service,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_MODIFY,
              StandardWatchEventKinds.ENTRY_DELETE));
    } catch (IOException e) {
      LOG.debug("{} can't be watched and is polled", directory, e);
    }
  }

  private String digest() {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(ConfigLoader.MAX_BYTES + 1); // of a longer one its start
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (IOException e) {
      return GONE;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Stops watching; a callback that is running is not waited for. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      service.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
