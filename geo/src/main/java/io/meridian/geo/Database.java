package io.meridian.geo;

import com.maxmind.db.InvalidDatabaseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A database that passed every check, and what it came from.
 *
 * @param source the file's path, or {@code embedded}
 * @param stamp the file's state when it was read
 * @param type as the file says
 */
record Database<T>(
    String source, Stamp stamp, String type, long buildEpochSeconds, FlatDatabase<T> tables) {

  static final String EMBEDDED = "embedded";

  private static final Duration CLOCK_TOLERANCE = Duration.ofDays(1);

  /** The file changed while it was read: come back when it rests. */
  static final class UnsettledException extends IOException {
    UnsettledException(Path file) {
      super(file + ": it changes while it is read");
    }
  }

  /**
   * Reads a whole file into memory, verifies all of it and lays it out.
   *
   * @throws UnsettledException if the file is not the same after that
   * @throws IOException if it can't be read or is no sound database of this kind
   */
  static <T> Database<T> load(Path file, Schema<T> schema, InstantSource clock) throws IOException {
    Stamp stamp = Stamp.of(file);
    if (stamp.equals(Stamp.GONE)) {
      throw new NoSuchFileException(file + ": no such file");
    }
    if (stamp.size() > Integer.MAX_VALUE - 64) {
      throw new InvalidDatabaseException(file + ": " + stamp.size() + " bytes (expected: < 2 GiB)");
    }
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IOException(file + ": can't be read: " + e, e);
    }
    if (bytes.length != stamp.size() || !Stamp.of(file).equals(stamp)) {
      throw new UnsettledException(file);
    }
    Database<T> database;
    try {
      database = build(bytes, file.toString(), stamp, schema, clock.instant());
      OfficialCheck.compare(bytes, database.tables, schema);
    } catch (InvalidDatabaseException e) {
      throw new InvalidDatabaseException(file + ": " + e.getMessage(), e);
    }
    if (!Stamp.of(file).equals(stamp)) {
      throw new UnsettledException(file);
    }
    return database;
  }

  /** Verifies a whole file in memory and lays it out. */
  static <T> Database<T> build(
      byte[] bytes, String source, Stamp stamp, Schema<T> schema, Instant now)
      throws InvalidDatabaseException {
    MmdbFile file = MmdbFile.parse(bytes);
    if (!schema.accepts(file.type())) {
      throw new InvalidDatabaseException(
          "its type is " + file.type() + ", which is not of kind " + schema.kind());
    }
    Instant built = Instant.ofEpochSecond(Math.min(file.buildEpochSeconds(), 1L << 40));
    if (Duration.between(now, built).compareTo(CLOCK_TOLERANCE) > 0) {
      throw new InvalidDatabaseException("its build date " + built + " lies in the future");
    }
    FlatDatabase<T> tables = new TreeWalk<>(file, schema).run();
    return new Database<>(source, stamp, file.type(), built.getEpochSecond(), tables);
  }

  /** What a page that shows results must say; empty if nothing. */
  String attribution() {
    if (source.equals(EMBEDDED) || (type.startsWith("DBIP-") && type.contains("Lite"))) {
      return "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0";
    }
    return type.startsWith("GeoLite2")
        ? "This product includes GeoLite2 Data created by MaxMind, available from"
            + " https://www.maxmind.com"
        : "";
  }
}
