package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatcherTest {
  private static final Duration RARELY = Duration.ofHours(1); // so that only events tell
  private static final Duration OFTEN = Duration.ofMillis(50);

  @TempDir Path directory;
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  @Test
  void a_file_written_in_place_is_reported() throws Exception {
    Path file = write("meridian.yaml", "one");
    try (ConfigWatcher _ = ConfigWatcher.start(file, this::note, RARELY)) {
      write("meridian.yaml", "two");
      expect("two");
      write("meridian.yaml", "three");
      expect("three");
    }
  }

  @Test
  void a_file_renamed_over_the_old_one_is_reported() throws Exception {
    Path file = write("meridian.yaml", "one");
    try (ConfigWatcher _ = ConfigWatcher.start(file, this::note, RARELY)) {
      Files.move(write("new", "two"), file, StandardCopyOption.ATOMIC_MOVE);
      expect("two");
    }
  }

  @Test
  void a_link_that_is_swapped_as_kubernetes_does_is_reported() throws Exception {
    Files.createDirectory(directory.resolve("..2026_1"));
    write("..2026_1/meridian.yaml", "one");
    Files.createSymbolicLink(directory.resolve("..data"), Path.of("..2026_1"));
    Path file =
        Files.createSymbolicLink(
            directory.resolve("meridian.yaml"), Path.of("..data/meridian.yaml"));
    try (ConfigWatcher _ = ConfigWatcher.start(file, this::note, RARELY)) {
      swap("..2026_2", "two");
      expect("two");
      swap("..2026_3", "three");
      expect("three");
    }
  }

  private void swap(String version, String text) throws IOException {
    Files.createDirectory(directory.resolve(version));
    write(version + "/meridian.yaml", text);
    Path link = Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of(version));
    Files.move(link, directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void a_change_behind_a_link_to_another_directory_is_reported() throws Exception {
    Path elsewhere = Files.createDirectories(directory.resolve("a/b"));
    write("a/b/real.yaml", "one");
    Files.createSymbolicLink(directory.resolve("etc"), elsewhere);
    Path file =
        Files.createSymbolicLink(
            directory.resolve("meridian.yaml"), directory.resolve("etc/real.yaml"));
    try (ConfigWatcher _ = ConfigWatcher.start(file, this::note, RARELY)) {
      write("a/b/real.yaml", "two");
      expect("two");
    }
  }

  @Test
  void without_events_the_content_is_looked_at_from_time_to_time() throws Exception {
    Path file = directory.resolve("later/meridian.yaml"); // its directory can't be watched yet
    try (ConfigWatcher _ = ConfigWatcher.start(file, this::note, OFTEN)) {
      Files.createDirectory(directory.resolve("later"));
      write("later/meridian.yaml", "one");
      expect("one");
    }
  }

  @Test
  void writing_the_same_content_or_other_files_is_no_change() throws Exception {
    Path file = write("meridian.yaml", "one");
    try (ConfigWatcher _ = ConfigWatcher.start(file, this::note, OFTEN)) {
      write("meridian.yaml", "one");
      write("other", "x");
      Files.delete(file);
      write("meridian.yaml", "two");
      expect("two");
      assertNull(seen.poll());
    }
  }

  @Test
  void a_callback_that_fails_does_not_end_the_watch() throws Exception {
    Path file = write("meridian.yaml", "one");
    try (ConfigWatcher _ =
        ConfigWatcher.start(
            file,
            path -> {
              note(path);
              throw new IllegalStateException("refused");
            },
            RARELY)) {
      write("meridian.yaml", "two");
      expect("two");
      write("meridian.yaml", "three");
      expect("three");
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private void note(Path file) {
    try {
      seen.add(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void expect(String text) throws InterruptedException {
    String next = seen.poll(20, TimeUnit.SECONDS);
    assertNotNull(next, "nothing was reported");
    assertEquals(text, next);
  }
}
