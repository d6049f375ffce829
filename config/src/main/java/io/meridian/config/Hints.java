package io.meridian.config;

import io.meridian.config.Shape.Part;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** "Did you mean": near misses, other programs' words, and keys put in the wrong map. */
final class Hints {
  private static final Map<String, List<String>> ELSEWHERE = elsewhere();

  private Hints() {}

  /** The key of this map that an unknown one may stand for, or null. */
  static @Nullable String meant(String found, Shape shape) {
    Set<String> names = shape.names();
    String near = near(found, names);
    if (near != null) {
      return near;
    }
    for (String path : ForeignWords.meaning(found)) {
      String last = path.substring(path.lastIndexOf('.') + 1);
      if (names.contains(last)) {
        return last;
      }
    }
    return null;
  }

  /** For an unknown key of a map: what may be meant, here or elsewhere, else what is known. */
  static String key(String found, Shape shape) {
    String here = meant(found, shape);
    if (here != null) {
      return didYouMean(here);
    }
    for (List<String> paths : List.of(ForeignWords.meaning(found), placesOf(found))) {
      if (!paths.isEmpty()) {
        return didYouMean(paths.getFirst());
      }
    }
    Set<String> names = shape.names();
    return " (expected: " + (names.isEmpty() ? "no keys here" : String.join(", ", names)) + ")";
  }

  private static List<String> placesOf(String key) {
    return ELSEWHERE.getOrDefault(key, List.of());
  }

  /** For a word that is none of these; empty if none is near. */
  static String word(String found, Collection<String> known) {
    String near = near(found, known);
    return near == null ? "" : didYouMean(near);
  }

  private static String didYouMean(String meant) {
    return "; did you mean \"" + meant + "\"?";
  }

  private static @Nullable String near(String found, Collection<String> known) {
    String plain = plain(found);
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String word : known) {
      String other = plain(word);
      int limit = Math.min(3, Math.min(plain.length(), other.length()) / 3);
      int distance = distance(plain, other);
      if (distance <= limit && distance < least) {
        least = distance;
        best = word;
      }
    }
    return best;
  }

  private static String plain(String word) {
    String cut = word.length() > 64 ? word.substring(0, 64) : word;
    return cut.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
  }

  /** Insertions, deletions, replacements and swaps of neighbours that make one word the other. */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + same);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }

  /** Every key of the file, with the paths at which it may stand. */
  private static Map<String, List<String>> elsewhere() {
    Map<String, List<String>> paths = new TreeMap<>();
    collect(Shape.of(MeridianConfig.class), "", paths);
    return paths;
  }

  private static void collect(Shape shape, String path, Map<String, List<String>> paths) {
    for (Part part : shape.parts()) {
      part.ways()
          .forEach((name, type) -> {
            add(name, Words.path(path, name), paths);
            collect(Shape.of(type), Words.path(path, name), paths);
          });
      if (part.ways().isEmpty()) {
        add(part.name(), Words.path(path, part.name()), paths);
        if (part.map()) {
          collect(Shape.of(part.type()), Words.path(path, part.name()), paths);
        }
      }
    }
  }

  private static void add(String name, String path, Map<String, List<String>> paths) {
    paths.computeIfAbsent(name, _ -> new ArrayList<>()).add(path);
  }
}
