package io.meridian.geo;

import io.meridian.config.Geo;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds the current {@link Places}, watches the database files, and swaps in a new generation when
 * a replaced file has been verified whole. A file that is broken, older or far smaller than the one
 * in use is refused, and the one in use stays.
 */
public final class GeoService implements AutoCloseable {
  private final Object lock = new Object(); // one change at a time; lookups and status take none
  private final Slot<Location> city;
  private final Slot<AutonomousSystem> asn;
  private final DirectoryWatch watch;
  private Overrides overrides = Overrides.NONE;
  private volatile Generation current;
  private volatile List<DatabaseStatus> status = List.of();

  /**
   * @param debounce how long a directory must rest before its files are read
   * @param poll how often the files are looked at without any event
   */
  record Timing(Duration debounce, Duration poll, InstantSource clock) {
    static final Timing DEFAULT =
        new Timing(Duration.ofMillis(250), Duration.ofSeconds(30), InstantSource.system());
  }

  private GeoService(Geo config, Timing timing) throws IOException {
    city = new Slot<>(CitySchema.INSTANCE, timing.clock());
    asn = new Slot<>(AsnSchema.INSTANCE, timing.clock());
    watch = new DirectoryWatch(this::look, timing.debounce(), timing.poll());
    try {
      current = apply(config, 1);
    } catch (IOException | RuntimeException e) {
      watch.close();
      throw e;
    }
    watch.start();
  }

  /**
   * Loads the databases named, or the embedded one, and starts to watch them.
   *
   * @throws IOException if a named database can't be read or fails verification; the message names
   *     the file and why
   */
  public static GeoService open(Geo config) throws IOException {
    return open(config, Timing.DEFAULT);
  }

  static GeoService open(Geo config, Timing timing) throws IOException {
    return new GeoService(config, timing);
  }

  /** The current generation: one volatile read. */
  public Places places() {
    return current;
  }

  /**
   * Applies another configuration; on failure all stays as it was. A database whose path stays is
   * not loaded again: its file is watched anyway.
   *
   * @throws IOException if a named database can't be read or fails verification
   */
  public void configure(Geo config) throws IOException {
    synchronized (lock) {
      current = apply(config, current.generation() + 1);
    }
  }

  /** What is loaded, one entry a database: for start-up summary, metrics and API. */
  public List<DatabaseStatus> status() {
    return status;
  }

  /** Stops to watch; what was loaded goes on answering. */
  @Override
  public void close() {
    watch.close();
  }

  private Generation apply(Geo config, long generation) throws IOException {
    Path cityPath = config.city();
    Path asnPath = config.asn();
    Database<Location> cities = cityPath == null ? embedded() : city.prepare(cityPath);
    Database<AutonomousSystem> systems = asnPath == null ? null : asn.prepare(asnPath);
    Overrides own = new Overrides(config.overrides());
    overrides = own; // nothing throws from here on
    city.use(cityPath, cities);
    asn.use(asnPath, systems);
    watchFiles();
    return publish(generation, cities, systems);
  }

  private Database<Location> embedded() throws IOException {
    Database<Location> inUse = city.database();
    return inUse != null && inUse.source().equals(Database.EMBEDDED)
        ? inUse
        : EmbeddedTables.load();
  }

  /** Called by the watch; returns whether all is settled. */
  private boolean look() {
    synchronized (lock) {
      Slot.Look cityLook = city.look();
      Slot.Look asnLook = asn.look();
      Database<Location> cities = city.database();
      if (cities != null && (cityLook == Slot.Look.REPLACED || asnLook == Slot.Look.REPLACED)) {
        current = publish(current.generation() + 1, cities, asn.database());
      } else {
        status = statuses();
      }
      watchFiles();
      return cityLook != Slot.Look.UNSETTLED && asnLook != Slot.Look.UNSETTLED;
    }
  }

  private Generation publish(
      long generation, Database<Location> cities, @Nullable Database<AutonomousSystem> systems) {
    status = statuses();
    return new Generation(
        generation, overrides, cities.tables(), systems == null ? null : systems.tables());
  }

  private List<DatabaseStatus> statuses() {
    List<DatabaseStatus> all = new ArrayList<>();
    for (Slot<?> slot : List.of(city, asn)) {
      DatabaseStatus one = slot.status();
      if (one != null) {
        all.add(one);
      }
    }
    return List.copyOf(all);
  }

  /** The directories of the files, and of what they are links to. */
  private void watchFiles() {
    Set<Path> directories = new HashSet<>();
    for (Slot<?> slot : List.of(city, asn)) {
      Path file = slot.path();
      if (file != null) {
        addParent(directories, file.toAbsolutePath());
        try {
          addParent(directories, file.toRealPath());
        } catch (IOException e) {
          // gone for now: its directory, watched as well, will say when it is back
        }
      }
    }
    watch.watch(directories);
  }

  private static void addParent(Set<Path> directories, Path file) {
    Path parent = file.getParent();
    if (parent != null) {
      directories.add(parent);
    }
  }

  /**
   * @param kind {@code city} or {@code asn}
   * @param source the file's path, or {@code embedded}
   * @param databaseType as the file says, e.g. {@code GeoLite2-City}
   * @param buildEpochSeconds when it was made
   * @param networks how many networks it lists
   * @param reloads files swapped in since the start
   * @param refused files refused since the start
   * @param lastRefusal why the last file was refused; empty if none was
   * @param attribution what a page that shows results must say; empty if nothing
   */
  public record DatabaseStatus(
      String kind,
      String source,
      String databaseType,
      long buildEpochSeconds,
      long networks,
      long reloads,
      long refused,
      String lastRefusal,
      String attribution) {}
}
