package io.meridian.health;

import io.meridian.config.Coordinates;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;

/**
 * Measured latencies that are no part of this project; tests that need them are skipped without.
 */
final class SharedData {
  private static final Path FOLDER = Path.of("../../shared/data/latency");

  /**
   * Round trips between places.
   *
   * @param millis of each pair, both directions' mean; NaN where not measured
   */
  record Matrix(List<String> names, List<Coordinates> places, List<List<Double>> millis) {
    double millis(int from, int to) {
      return millis.get(from).get(to);
    }
  }

  private SharedData() {}

  /** Rows of a CSV file, the header first. */
  static List<String[]> rows(String file) throws IOException {
    Path path = FOLDER.resolve(file);
    Assumptions.assumeTrue(Files.exists(path), () -> "skipped: no " + path);
    List<String[]> rows = new ArrayList<>();
    try (InputStream in = Files.newInputStream(path);
        BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(
                    file.endsWith(".gz") ? new GZIPInputStream(in) : in, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        rows.add(fields(line));
      }
    }
    return rows;
  }

  /**
   * @param provider as in the file of places
   * @param key the column there that holds the matrix's names: 1 or 2
   */
  static Matrix matrix(String file, String provider, int key) throws IOException {
    Map<String, Coordinates> known = new HashMap<>();
    for (String[] row : rows("cloud_regions.csv")) {
      if (row[0].equals(provider)) {
        known.put(
            row[key], new Coordinates(Double.parseDouble(row[3]), Double.parseDouble(row[4])));
      }
    }
    List<String[]> rows = rows(file);
    String[] columns = rows.getFirst();
    Map<String, Map<String, Double>> oneWay = new HashMap<>();
    List<String> names = new ArrayList<>();
    List<Coordinates> places = new ArrayList<>();
    for (String[] row : rows.subList(1, rows.size())) {
      Coordinates place = known.get(row[0]);
      if (place != null) {
        names.add(row[0]);
        places.add(place);
      }
      for (int i = 1; i < row.length; i++) {
        if (!row[i].isEmpty()) {
          oneWay
              .computeIfAbsent(row[0], _ -> new HashMap<>())
              .put(columns[i], Double.parseDouble(row[i]));
        }
      }
    }
    List<List<Double>> millis = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      millis.add(new ArrayList<>());
      for (int j = 0; j < names.size(); j++) {
        Double there = oneWay.getOrDefault(names.get(i), Map.of()).get(names.get(j));
        Double back = oneWay.getOrDefault(names.get(j), Map.of()).get(names.get(i));
        millis
            .get(i)
            .add(
                there != null && back != null
                    ? Double.valueOf((there + back) / 2)
                    : there != null ? there : back != null ? back : Double.valueOf(Double.NaN));
      }
    }
    return new Matrix(names, places, millis);
  }

  private static String[] fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields.toArray(String[]::new);
  }
}
