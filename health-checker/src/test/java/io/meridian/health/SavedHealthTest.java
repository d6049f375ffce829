package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Health;
import io.meridian.config.Region;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedHealthTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  /** One process: its ticker starts where it likes, the wall clock goes on. */
  private final class Edge {
    final List<HealthEvent> events = new ArrayList<>();
    final HealthBoard board;
    final long origin;

    Edge(long tickerOrigin, Health.Check check, Region... regions) {
      origin = tickerOrigin - wallMillis * MILLI;
      board = new HealthBoard(() -> java.time.Instant.ofEpochMilli(wallMillis), events::add);
      board.configure(Configs.config(null, Configs.health(check), List.of(regions)), now());
    }

    long now() {
      return origin + wallMillis * MILLI;
    }

    RegionHealth region(int index) {
      return board.view(now()).regions().get(index);
    }

    void probes(int endpoint, int count, long everyMillis, double millis) {
      for (int i = 0; i < count; i++) {
        wallMillis += everyMillis;
        board.tick(now());
        board.probeOk(board.endpoints().get(endpoint), now() - MILLI, millis, millis, now());
      }
    }

    void kill(int endpoint) {
      for (int i = 0; i < 3; i++) {
        wallMillis += 100;
        EndpointEntry e = board.endpoints().get(endpoint);
        board.probeFailed(e, now() - MILLI, true, "connect refused", now());
      }
    }
  }

  @TempDir private Path directory;
  private long wallMillis = 1_800_000_000_000L;

  @Test
  void a_region_that_was_down_is_down_after_a_restart_until_probes_bring_it_back()
      throws IOException {
    Edge first = wellThenOneKilled();
    Edge second = restarted(first, 20 * SECOND, Configs.HEALTHZ);
    assertEquals(HealthState.EJECTED, second.region(0).state());
    assertTrue(second.events.getFirst().cause().startsWith("as before the restart: "));
    for (int i = 0; i < 100; i++) {
      wallMillis += 1_000;
      second.board.tick(second.now());
      assertEquals(HealthState.EJECTED, second.region(0).state(), "time alone brings none back");
    }
    second.probes(0, 5, 100, 12);
    assertEquals(HealthState.PROBATION, second.region(0).state());
  }

  @Test
  void estimates_survive_with_their_age() throws IOException {
    Edge first = wellThenOneKilled();
    double known = first.region(1).estimateMillis();
    wallMillis += 30_000;
    Edge second = restarted(first, -7 * SECOND, Configs.HEALTHZ);
    assertEquals(known, second.region(1).estimateMillis(), 1e-6);
    assertEquals(first.region(1).samples(), second.region(1).samples());
    assertEquals(first.region(1).logDeviation(), second.region(1).logDeviation(), 1e-6);
    wallMillis += 3_000_000;
    assertTrue(second.region(1).logDeviation() > 0.9, "and old knowledge fades");
  }

  @Test
  void how_often_it_flapped_survives_too() throws IOException {
    Edge first = wellThenOneKilled();
    first.probes(0, 30, 100, 12);
    first.kill(0);
    Edge second = restarted(first, 0, Configs.HEALTHZ);
    second.probes(0, 5, 100, 12);
    assertEquals(HealthState.EJECTED, second.region(0).state(), "it broke before: it is held down");
  }

  @Test
  void a_wall_clock_that_was_set_back_makes_no_age_negative() throws IOException {
    Edge first = wellThenOneKilled();
    SavedHealth saved = through(first);
    wallMillis -= 5_000_000;
    Edge second = new Edge(0, Configs.HEALTHZ, regions());
    second.board.restore(saved, second.now());
    for (SavedHealth.Endpoint e : second.board.save(second.now()).endpoints()) {
      assertTrue(e.sinceMillis() <= wallMillis);
      assertTrue(e.roundTrip().lastMillis() <= wallMillis);
    }
    assertEquals(HealthState.EJECTED, second.region(0).state());
  }

  @Test
  void what_another_check_found_is_not_taken_up() throws IOException {
    Edge second = restarted(wellThenOneKilled(), 0, new Health.Tcp());
    assertEquals(HealthState.HEALTHY, second.region(0).state());
    assertEquals(0, second.board.endpoints().getFirst().roundTrip.samples());
  }

  @Test
  void another_address_under_the_same_name_starts_anew() throws IOException {
    SavedHealth saved = through(wellThenOneKilled());
    Edge second =
        new Edge(
            0,
            Configs.HEALTHZ,
            Configs.region("a", null, "https://a.test:80"),
            Configs.region("b", null, "http://b.test:80"));
    second.board.restore(saved, second.now());
    assertEquals(HealthState.HEALTHY, second.region(0).state());
  }

  @Test
  void a_file_that_is_cut_or_changed_anywhere_is_ignored_or_still_of_use() throws IOException {
    Path file = directory.resolve("health.json");
    StateFile.write(file, saved(wellThenOneKilled()));
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 29) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertNull(StateFile.read(file, wallMillis), "cut after " + length);
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 300; i++) {
      byte[] changed = whole.clone();
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(32, 127);
      Files.write(file, changed);
      SavedHealth read = StateFile.read(file, wallMillis);
      if (read != null) {
        Edge process = new Edge(0, Configs.HEALTHZ, regions());
        process.board.restore(read, process.now());
        for (RegionHealth region : process.board.view(process.now()).regions()) {
          assertTrue(region.estimateMillis() > 0 && region.estimateMillis() < 1e8);
          assertTrue(region.share() >= 0 && region.share() <= 1);
        }
      }
    }
  }

  @Test
  void a_file_of_another_version_or_an_hour_old_is_ignored() throws IOException {
    Path file = directory.resolve("health.json");
    assertNull(StateFile.read(file, wallMillis), "there is none");
    StateFile.write(file, saved(wellThenOneKilled()));
    assertNotNull(StateFile.read(file, wallMillis + 3_500_000));
    assertNull(StateFile.read(file, wallMillis + 3_700_000));
    String text = Files.readString(file);
    Files.writeString(file, text.replace("{\"version\":1,", "{\"version\":2,"));
    assertNotEquals(text, Files.readString(file));
    assertNull(StateFile.read(file, wallMillis));
  }

  @Test
  void a_file_is_replaced_as_a_whole_and_nothing_else_is_left() throws IOException {
    Path file = directory.resolve("health.json");
    Files.writeString(file, "something else");
    StateFile.write(file, saved(wellThenOneKilled()));
    assertTrue(Files.readString(file, StandardCharsets.UTF_8).contains("\"EJECTED\""));
    try (var files = Files.list(directory)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  private Edge wellThenOneKilled() {
    Edge process = new Edge(50 * SECOND, Configs.HEALTHZ, regions());
    process.probes(0, 10, 1_000, 12);
    process.probes(1, 10, 1_000, 90);
    process.kill(0);
    assertEquals(HealthState.EJECTED, process.region(0).state());
    return process;
  }

  private static SavedHealth saved(Edge process) {
    return process.board.save(process.now());
  }

  private static Region[] regions() {
    return new Region[] {
      Configs.region("a", null, "http://a.test:80"), Configs.region("b", null, "http://b.test:80")
    };
  }

  private SavedHealth through(Edge process) throws IOException {
    Path file = directory.resolve("health.json");
    StateFile.write(file, saved(process));
    SavedHealth read = StateFile.read(file, wallMillis);
    assertNotNull(read);
    return read;
  }

  private Edge restarted(Edge old, long tickerOrigin, Health.Check check) throws IOException {
    SavedHealth saved = through(old);
    Edge process = new Edge(tickerOrigin, check, regions());
    process.board.restore(saved, process.now());
    return process;
  }
}
