package io.meridian.geo;

import io.meridian.config.Geo;
import java.util.List;

/**
 * Holds the current {@link Places}, watches the database files, and swaps in a new generation when
 * a replaced file has been verified whole. A file that is broken, older or far smaller than the one
 * in use is refused, and the one in use stays.
 */
public final class GeoService implements AutoCloseable {
  private GeoService() {}

  /**
   * Loads the databases named, or the embedded one, and starts to watch them.
   *
   * @throws java.io.IOException if a named database can't be read or fails verification
   */
  public static GeoService open(Geo config) throws java.io.IOException {
    throw new UnsupportedOperationException(config.toString());
  }

  /** The current generation: one volatile read. */
  public Places places() {
    throw new UnsupportedOperationException();
  }

  /**
   * Applies another configuration; on failure all stays as it was.
   *
   * @throws java.io.IOException if a named database can't be read or fails verification
   */
  public void configure(Geo config) throws java.io.IOException {
    throw new UnsupportedOperationException(config.toString());
  }

  /** What is loaded, one entry a database: for start-up summary, metrics and API. */
  public List<DatabaseStatus> status() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}

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
