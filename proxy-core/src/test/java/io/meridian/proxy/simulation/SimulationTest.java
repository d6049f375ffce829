package io.meridian.proxy.simulation;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.geo.GeoService;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random lives of a proxy among failing regions, in virtual time. What {@link Judge} holds them
 * against is what Meridian promises. A life that breaks a promise is told with its seed, and its
 * last episode is lived once more to be told in full.
 */
class SimulationTest {
  private static final int EPISODES = 40;
  private static final long LIVES = Long.getLong("meridian.simulation.lives", 620);
  private static final long FIRST = Long.getLong("meridian.simulation.seed", 1);

  private static ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();
  private static GeoService geo;
  private static Complaints complaints;

  @BeforeAll
  static void begin() throws IOException, ConfigException {
    before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED); // the allocator counts
    String yaml = new RandomConfig(new java.util.SplittableRandom(1)).yaml();
    geo = GeoService.open(new ConfigLoader(Map.of()).parse("geo.yaml", yaml).geo());
    complaints = Complaints.begin();
  }

  @AfterAll
  static void end() {
    ResourceLeakDetector.setLevel(before);
    geo.close();
    complaints.close();
  }

  @Test
  void whatever_fails_no_promise_is_broken() throws IOException {
    long start = cpuNanos();
    long episodes = 0;
    long requests = 0;
    long resends = 0;
    long events = 0;
    Map<String, Integer> ends = new TreeMap<>();
    for (long seed = FIRST; seed < FIRST + LIVES; seed++) {
      Life life = live(seed);
      episodes += EPISODES;
      requests += life.judge().requests;
      resends += life.judge().resends;
      events += life.events();
      life.judge().ends.forEach((end, count) -> ends.merge(end, count, Integer::sum));
    }
    double seconds = (cpuNanos() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "simulated: %d requests (%d sent again) in %d episodes of %d configurations, %d events; %.1f"
            + " s of processor time, %.0f requests a second; ends %s%n",
        requests,
        resends,
        episodes,
        LIVES,
        events,
        seconds,
        requests / seconds,
        ends);
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static Life live(long seed) throws IOException {
    Life life = new Life(seed, geo, false);
    int lived = 0;
    boolean well = true;
    while (well && lived < EPISODES) {
      well = life.episode();
      lived++;
    }
    life.close();
    String verdict = life.judge().verdict;
    if (verdict != null) {
      throw new AssertionError(
          "seed " + seed + ", episode " + lived + ": " + verdict + told(seed, lived));
    }
    return life;
  }

  private static String told(long seed, int episodes) throws IOException {
    Life again = new Life(seed, geo, true);
    for (int i = 0; i < episodes; i++) {
      again.episode();
    }
    again.close();
    List<String> trace = again.network().trace;
    if (trace == null) {
      return "";
    }
    int configuration = 0;
    int last = 0;
    for (int i = 0; i < trace.size(); i++) {
      configuration = trace.get(i).contains("configuration") ? i : configuration;
      last = trace.get(i).endsWith("---- episode") ? i : last;
    }
    return "\n"
        + trace.get(configuration)
        + "\n"
        + String.join("\n", trace.subList(last, trace.size()));
  }
}
