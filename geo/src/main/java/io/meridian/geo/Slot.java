package io.meridian.geo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of one kind of database: what is in use there, and what happened to its successors.
 * Used under the lock of {@link GeoService}.
 */
final class Slot<T> {
  private static final Logger log = LoggerFactory.getLogger(GeoService.class);
  private static final int FIRST_LOAD_TRIES = 20;
  private static final Duration FIRST_LOAD_PAUSE = Duration.ofMillis(100);

  /** What a look at the file came to. */
  enum Look {
    UNCHANGED,
    REPLACED,
    REFUSED,
    /** Somebody is writing: look again soon. */
    UNSETTLED
  }

  private final Schema<T> schema;
  private final InstantSource clock;
  private @Nullable Path path;
  private @Nullable Database<T> database;
  private Stamp seen = Stamp.GONE; // the state last judged, be it taken or refused
  private long reloads;
  private long refused;
  private String lastRefusal = "";

  Slot(Schema<T> schema, InstantSource clock) {
    this.schema = schema;
    this.clock = clock;
  }

  @Nullable Path path() {
    return path;
  }

  @Nullable Database<T> database() {
    return database;
  }

  /** What is in use if it came from this path, else a fresh load; changes nothing here. */
  Database<T> prepare(Path wanted) throws IOException {
    if (wanted.equals(path) && database != null) {
      return database;
    }
    for (int i = 1; ; i++) {
      try {
        return Database.load(wanted, schema, clock);
      } catch (Database.UnsettledException e) {
        if (i == FIRST_LOAD_TRIES) {
          throw e;
        }
        LockSupport.parkNanos(FIRST_LOAD_PAUSE.toNanos());
      }
    }
  }

  /** Puts another database in use; a null path is not watched. */
  void use(@Nullable Path from, @Nullable Database<T> prepared) {
    boolean loadedAgain = prepared != null && !prepared.equals(database);
    path = from;
    database = prepared;
    if (prepared != null && loadedAgain) {
      seen = prepared.stamp();
      announce(prepared);
    }
  }

  /** Looks whether the file was replaced and, if it is fit, puts it in use. */
  Look look() {
    Path file = path;
    Database<T> old = database;
    if (file == null || old == null) {
      return Look.UNCHANGED;
    }
    Stamp now = Stamp.GONE;
    try {
      now = Stamp.of(file);
      if (now.equals(seen)) {
        return Look.UNCHANGED;
      }
      if (now.equals(Stamp.GONE)) {
        seen = now;
        log.warn("geo: {} is gone; what it said stays in use", file);
        return Look.UNCHANGED;
      }
      Database<T> fresh = Database.load(file, schema, clock);
      refuseIfOlderOrSmaller(fresh, old);
      database = fresh;
      seen = fresh.stamp();
      reloads++;
      announce(fresh);
      return Look.REPLACED;
    } catch (Database.UnsettledException e) {
      return Look.UNSETTLED;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      seen = now;
      refused++;
      lastRefusal = e.getMessage() == null ? e.toString() : e.getMessage();
      log.warn("geo: refused a new {} database: {}", schema.kind(), lastRefusal);
      return Look.REFUSED;
    }
  }

  private void refuseIfOlderOrSmaller(Database<T> fresh, Database<T> old) throws IOException {
    if (fresh.buildEpochSeconds() < old.buildEpochSeconds()) {
      throw new IOException(
          "%s: built %s, before the one in use (%s)"
              .formatted(fresh.source(), date(fresh), date(old)));
    }
    if (fresh.tables().networks() * 2 < old.tables().networks()) {
      throw new IOException(
          "%s: %d networks, fewer than half of the %d in use"
              .formatted(fresh.source(), fresh.tables().networks(), old.tables().networks()));
    }
  }

  GeoService.@Nullable DatabaseStatus status() {
    if (database == null) {
      return null;
    }
    return new GeoService.DatabaseStatus(
        schema.kind(),
        database.source(),
        database.type(),
        database.buildEpochSeconds(),
        database.tables().networks(),
        reloads,
        refused,
        lastRefusal,
        database.attribution());
  }

  private void announce(Database<T> fresh) {
    log.info(
        "geo: {} database {} ({}) of {}, {} networks",
        schema.kind(),
        fresh.source(),
        fresh.type(),
        date(fresh),
        fresh.tables().networks());
  }

  private static Instant date(Database<?> database) {
    return Instant.ofEpochSecond(database.buildEpochSeconds());
  }
}
