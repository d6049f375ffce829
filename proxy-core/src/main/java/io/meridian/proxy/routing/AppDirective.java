package io.meridian.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint's word that a request belongs elsewhere: {@code region=NAME}, {@code elsewhere} or
 * both, and {@code state=TEXT} for the next endpoint, parted by semicolons.
 *
 * @param region index of the region; {@link #ANY}: no one in particular
 * @param elsewhere whether any region but the one that said so will do
 * @param from index of the region that said so
 * @param fromName its name
 * @param state visible ASCII without semicolons; empty: none
 */
public record AppDirective(int region, boolean elsewhere, int from, String fromName, String state) {
  /** No one region. */
  public static final int ANY = -1;

  /** A region that there is not: the plan refuses it. */
  private static final int NONE = Integer.MAX_VALUE;

  private static final int MAX_LENGTH = 512;
  private static final int MAX_STATE = 256;

  /** Null if it is not well formed. */
  public static @Nullable AppDirective parse(String text, List<RoutedRegion> regions, int from) {
    if (text.length() > MAX_LENGTH) {
      return null;
    }
    int region = ANY;
    boolean elsewhere = false;
    String state = "";
    for (String part : text.split(";", -1)) {
      String word = part.strip();
      int equals = word.indexOf('=');
      String name = (equals < 0 ? word : word.substring(0, equals)).toLowerCase(Locale.ROOT);
      String value = equals < 0 ? "" : word.substring(equals + 1);
      switch (name) {
        case "region" -> {
          if (region != ANY || value.isEmpty()) {
            return null;
          }
          region = index(value, regions);
        }
        case "elsewhere" -> {
          if (!value.isEmpty() && !value.equals("true")) {
            return null;
          }
          elsewhere = true;
        }
        case "state" -> {
          if (value.length() > MAX_STATE || !value.chars().allMatch(c -> c > ' ' && c < 127)) {
            return null;
          }
          state = value;
        }
        default -> {
          return null;
        }
      }
    }
    return region == ANY && !elsewhere
        ? null
        : new AppDirective(region, elsewhere, from, regions.get(from).name(), state);
  }

  private static int index(String name, List<RoutedRegion> regions) {
    for (RoutedRegion region : regions) {
      if (region.name().equals(name)) {
        return region.index();
      }
    }
    return NONE;
  }

  /** What the next endpoint is told, as a field's value. */
  public byte[] source() {
    String text = "region=" + fromName + (state.isEmpty() ? "" : ";state=" + state);
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
