package io.meridian.geo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Cidr;
import io.meridian.config.Geo;
import io.meridian.config.Geo.PrefixOverride;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoServiceTest {
  static final GeoService.Timing FAST =
      new GeoService.Timing(Duration.ofMillis(5), Duration.ofMillis(50), InstantSource.system());

  private static final long BUILT = 1_700_000_000;
  private static final int NETWORKS = 100;

  @TempDir private Path folder;
  private Path file;
  private GeoService service;

  @BeforeEach
  void open() throws Exception {
    file = folder.resolve("city.mmdb");
    Files.write(file, database("one", BUILT, NETWORKS));
    service = GeoService.open(new Geo(file, null, List.of()), FAST);
  }

  @AfterEach
  void close() {
    service.close();
  }

  @Test
  void a_file_that_is_renamed_over_the_old_one_is_taken() throws Exception {
    long generation = service.places().generation();
    rename(database("two", BUILT + 1, NETWORKS));
    awaitCity("two");
    assertEquals(generation + 1, service.places().generation());
    assertEquals(1, status().reloads());
    assertEquals(0, status().refused());
    assertEquals(BUILT + 1, status().buildEpochSeconds());
  }

  @Test
  void a_file_that_is_overwritten_in_place_is_taken() throws Exception {
    Files.write(file, database("a longer name", BUILT + 1, NETWORKS));
    awaitCity("a longer name");
  }

  @Test
  void a_file_that_is_truncated_keeps_the_old_answers_until_it_is_whole() throws Exception {
    byte[] next = database("two", BUILT + 1, NETWORKS);
    Files.write(file, new byte[0]);
    awaitRefusal("no metadata");
    Files.write(file, Arrays.copyOf(next, next.length / 2));
    Await.until(() -> status().refused() >= 2);
    assertEquals("one", city());
    Files.write(
        file, Arrays.copyOfRange(next, next.length / 2, next.length), StandardOpenOption.APPEND);
    awaitCity("two");
  }

  @Test
  void a_symlink_swapped_as_kubernetes_does_is_followed() throws Exception {
    Path mount = Files.createDirectory(folder.resolve("mount"));
    for (String version : List.of("one", "two")) {
      Path versioned = Files.createDirectory(mount.resolve(".." + version));
      Files.write(versioned.resolve("city.mmdb"), database(version, BUILT, NETWORKS));
    }
    Files.createSymbolicLink(mount.resolve("..data"), Path.of("..one"));
    Path link = mount.resolve("city.mmdb");
    Files.createSymbolicLink(link, Path.of("..data/city.mmdb"));
    service.configure(new Geo(link, null, List.of()));
    assertEquals("one", city());
    Files.createSymbolicLink(mount.resolve("..next"), Path.of("..two"));
    Files.move(mount.resolve("..next"), mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    awaitCity("two");
  }

  @Test
  void a_file_that_was_gone_for_a_while_is_taken_when_it_is_back() throws Exception {
    Files.delete(file);
    service.configure(new Geo(file, null, List.of()));
    assertEquals("one", city());
    rename(database("two", BUILT, NETWORKS));
    awaitCity("two");
    assertEquals(0, status().refused());
  }

  @Test
  void an_older_file_is_refused() throws Exception {
    rename(database("old", BUILT - 1, NETWORKS));
    awaitRefusal("before the one in use");
  }

  @Test
  void a_file_from_the_future_is_refused() throws Exception {
    rename(database("future", InstantSource.system().millis() / 1000 + 90_000, NETWORKS));
    awaitRefusal("lies in the future");
  }

  @Test
  void a_far_smaller_file_is_refused() throws Exception {
    rename(database("small", BUILT + 1, NETWORKS / 2 - 1));
    awaitRefusal("fewer than half");
    rename(database("half", BUILT + 1, NETWORKS / 2));
    awaitCity("half");
  }

  @Test
  void a_file_of_another_type_is_refused() throws Exception {
    rename(
        new MmdbWriter("GeoLite2-ASN", 6, 28, BUILT)
            .put("1.0.0.0/24", MmdbWriter.place("DE", "x", 1, 1))
            .bytes());
    awaitRefusal("GeoLite2-ASN");
  }

  @Test
  void garbage_is_refused_and_named_once() throws Exception {
    rename(new byte[100_000]);
    awaitRefusal("no MaxMind DB");
    rename(database("two", BUILT, NETWORKS));
    awaitCity("two");
    assertEquals(1, status().refused());
  }

  @Test
  void a_first_start_with_a_bad_file_names_it_and_the_reason() throws Exception {
    Path bad = Files.write(folder.resolve("bad.mmdb"), new byte[64]);
    Path missing = folder.resolve("missing.mmdb");
    for (Path each : List.of(bad, missing, folder)) {
      IOException e =
          assertThrows(IOException.class, () -> GeoService.open(new Geo(each, null, List.of())));
      assertTrue(String.valueOf(e.getMessage()).startsWith(each + ": "), e.toString());
    }
  }

  @Test
  void a_configuration_that_fails_changes_nothing() throws Exception {
    Places before = service.places();
    List<PrefixOverride> own = List.of(norway("1.0.0.0/24"));
    Path bad = Files.write(folder.resolve("bad.mmdb"), new byte[64]);
    assertThrows(IOException.class, () -> service.configure(new Geo(bad, null, own)));
    assertThrows(IOException.class, () -> service.configure(new Geo(file, bad, own)));
    assertSame(before, service.places());
    assertEquals(file.toString(), status().source());
  }

  @Test
  void a_configuration_with_the_same_file_does_not_load_it_again() throws Exception {
    Files.write(file, new byte[10]);
    awaitRefusal("");
    service.configure(new Geo(file, null, List.of(norway("1.0.0.0/25"))));
    assertEquals("NO", service.places().locateV4(0x01000001).country());
    assertEquals("one", service.places().locateV4(0x01000081).city());
    assertEquals(2, service.places().generation());
  }

  @Test
  void the_embedded_database_and_a_file_can_replace_each_other() throws Exception {
    service.configure(new Geo(null, null, List.of()));
    assertEquals("embedded", status().source());
    Places embedded = service.places();
    service.configure(new Geo(null, null, List.of()));
    assertNotSame(embedded, service.places());
    service.configure(new Geo(file, null, List.of()));
    assertEquals("one", city());
  }

  @Test
  void lookups_during_a_hundred_replacements_see_one_whole_database_each() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    Callable<Long> reader =
        () -> {
          long lookups = 0;
          for (long generation = 0; !stop.get(); lookups++) {
            Places places = service.places();
            assertTrue(places.generation() >= generation, "generation went back");
            generation = places.generation();
            String first = places.locateV4(0x01000000).city();
            assertTrue(first.matches("one|city [0-9]+ *"), first);
            for (int i = 1; i < NETWORKS; i += 7) {
              assertEquals(first, places.locateV4(0x01000000 | i << 8).city());
              assertEquals(first, places.locate(new byte[] {1, 0, (byte) i, 9}).city());
            }
          }
          return lookups;
        };
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<Long>> readers = List.of(threads.submit(reader), threads.submit(reader));
      for (int i = 1; i <= 100; i++) {
        String name = "city " + i;
        byte[] next = database(name + " ".repeat(i % 3), BUILT + i, NETWORKS);
        if (i % 3 == 0) {
          Files.write(file, next); // in place: seen half-written now and then, never taken so
        } else {
          rename(next);
        }
        Await.until(() -> city().strip().equals(name));
      }
      stop.set(true);
      for (Future<Long> each : readers) {
        assertTrue(each.get() > 0);
      }
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
    assertEquals(100, status().reloads());
  }

  private void rename(byte[] bytes) throws IOException {
    Path next = Files.write(folder.resolve("next"), bytes);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void awaitCity(String name) throws Exception {
    Await.until(() -> city().equals(name));
  }

  private void awaitRefusal(String reason) throws Exception {
    Await.until(() -> status().refused() == 1);
    assertTrue(status().lastRefusal().contains(reason), status().lastRefusal());
    assertTrue(status().lastRefusal().contains(file.toString()), status().lastRefusal());
    assertEquals("one", city());
    assertEquals(0, status().reloads());
  }

  private String city() {
    return service.places().locateV4(0x01000001).city();
  }

  private GeoService.DatabaseStatus status() {
    return service.status().getFirst();
  }

  private static PrefixOverride norway(String prefix) {
    return new PrefixOverride(Cidr.parse(prefix), null, "NO", null, null, null);
  }

  /** The networks 1.0.n.0/24, all in one city. */
  private static byte[] database(String city, long built, int networks) {
    MmdbWriter writer = new MmdbWriter("Test-City", 6, 24, built);
    for (int i = 0; i < networks; i++) {
      writer.put("1.0." + i + ".0/24", MmdbWriter.place("DE", city, 50, i));
    }
    return writer.bytes();
  }
}
