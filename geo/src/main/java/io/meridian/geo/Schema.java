package io.meridian.geo;

import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.Reader;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Locale;

/**
 * What one kind of database says about a network. Both ways to read it must agree: {@code decode}
 * is fast, {@code official} asks MaxMind's reader.
 */
interface Schema<T> {
  /** The name of the kind in configuration and status: {@code city} or {@code asn}. */
  String kind();

  /** Whether a database of this type ({@code GeoLite2-City}) has what is needed. */
  boolean accepts(String databaseType);

  /** What is said about an address that no network holds. */
  T unknown();

  /** A decoder for one file; it shares equal texts. */
  Decoder<T> decoder(MmdbData data);

  T official(Reader reader, InetAddress address) throws IOException;

  /** Reads the map at a position of the data section. */
  interface Decoder<T> {
    T decode(int position) throws InvalidDatabaseException;
  }

  static boolean mentions(String databaseType, String... words) {
    String type = databaseType.toLowerCase(Locale.ROOT);
    for (String word : words) {
      if (type.contains(word)) {
        return true;
      }
    }
    return false;
  }
}
