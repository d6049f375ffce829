package io.meridian.geo;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The city database inside this module. The build lays it out once, so that a start only has to
 * copy arrays: walking the file in a cold JVM takes several times as long.
 */
final class EmbeddedTables {
  static final String FILE = "meridian-city-lite-dbip-2026-06.mmdb";

  private static final String TABLES =
      "embedded.tables"; // written by main, read by this build only

  private EmbeddedTables() {}

  /** Loads the tables, or the database itself if the build did not lay it out. */
  static Database<Location> load() throws IOException {
    try (InputStream in = EmbeddedTables.class.getResourceAsStream(TABLES)) {
      return in == null ? walk() : read(ByteBuffer.wrap(in.readAllBytes()));
    }
  }

  /** Verifies the database and lays it out. */
  static Database<Location> walk() throws IOException {
    try (InputStream in = EmbeddedTables.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IOException(FILE + ": not in the class path");
      }
      return Database.build(
          in.readAllBytes(), Database.EMBEDDED, Stamp.GONE, CitySchema.INSTANCE, Instant.MAX);
    }
  }

  /** Called by the build with the folder of this package's class files. */
  static void main(String[] args) throws IOException {
    Database<Location> database = walk();
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(Path.of(args[0], TABLES))))) {
      write(database, out);
    }
  }

  private static void write(Database<Location> database, DataOutputStream out) throws IOException {
    List<String> texts = new ArrayList<>();
    List<Location> places = database.tables().values();
    for (Location place : places) {
      for (String text : texts(place)) {
        if (!texts.contains(text)) {
          texts.add(text);
        }
      }
    }
    texts.addFirst(database.type());
    out.writeLong(database.buildEpochSeconds());
    out.writeInt(texts.size());
    for (String text : texts) {
      out.writeUTF(text);
    }
    out.writeInt(places.size());
    for (Location place : places) {
      for (String text : texts(place)) {
        out.writeInt(texts.lastIndexOf(text));
      }
      out.writeDouble(place.latitude());
      out.writeDouble(place.longitude());
      out.writeInt(place.accuracyRadiusKm());
    }
    database.tables().write(out);
  }

  private static List<String> texts(Location place) {
    return List.of(
        place.continent(), place.country(), place.subdivision(), place.city(), place.timeZone());
  }

  private static Database<Location> read(ByteBuffer in) {
    long built = in.getLong();
    String[] texts = new String[in.getInt()];
    for (int i = 0; i < texts.length; i++) {
      byte[] text = new byte[in.getShort()];
      in.get(text);
      texts[i] = new String(text, StandardCharsets.UTF_8);
    }
    Object[] places = new Object[in.getInt()];
    for (int i = 0; i < places.length; i++) {
      String continent = texts[in.getInt()];
      String country = texts[in.getInt()];
      String subdivision = texts[in.getInt()];
      String city = texts[in.getInt()];
      String timeZone = texts[in.getInt()];
      places[i] =
          new Location(
              continent,
              country,
              subdivision,
              city,
              in.getDouble(),
              in.getDouble(),
              in.getInt(),
              timeZone);
    }
    places[0] = Location.UNKNOWN;
    return new Database<>(
        Database.EMBEDDED, Stamp.GONE, texts[0], built, FlatDatabase.read(places, in));
  }
}
