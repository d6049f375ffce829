package io.meridian.config;

import io.meridian.config.Node.Kind;
import io.meridian.config.Node.Scalar;
import io.meridian.config.Shape.Part;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A scalar to the value that its key needs. What YAML would guess from the text alone ({@code NO},
 * {@code 010}, {@code 1_000}, {@code on}) is never trusted: the text decides.
 */
final class Scalars {
  private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]*)");
  private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?");
  private static final Pattern WITH_UNIT = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-z]*)");
  private static final Map<String, Long> NANOS =
      Map.of("ms", 1_000_000L, "s", 1_000_000_000L, "m", 60_000_000_000L, "h", 3_600_000_000_000L);
  private static final Map<String, Long> BYTES =
      Map.of(
          "B",
          1L,
          "KB",
          1_000L,
          "MB",
          1_000_000L,
          "GB",
          1_000_000_000L, //
          "KiB",
          1L << 10,
          "MiB",
          1L << 20,
          "GiB",
          1L << 30);

  private final NamedFiles files;

  Scalars(Path base) {
    this.files = new NamedFiles(base);
  }

  /**
   * @throws IllegalArgumentException which says what was found and what was expected
   */
  Object parse(Part part, Scalar scalar) {
    if (scalar.kind() == Kind.NOTHING) {
      throw new IllegalArgumentException(
          Words.found(scalar) + " (expected: " + Words.one(part) + ")");
    }
    Form form = part.form();
    Object value =
        switch (form) {
          case NUMBER -> narrow(part, number(part, scalar));
          case DECIMAL -> decimal(part, scalar);
          case SWITCH -> truth(part, scalar);
          case CHOICE -> choice(part, scalar);
          case DURATION -> inRange(part, scalar, duration(part, scalar));
          case SIZE -> narrow(part, inRange(part, scalar, size(part, scalar)));
          case PERCENT -> narrow(part, inRange(part, scalar, percent(part, scalar)));
          case READABLE_FILE -> files.readable(text(part, scalar));
          case SECRET_FILE -> files.secret(text(part, scalar));
          case WRITABLE_FILE -> files.writable(text(part, scalar));
          case WRITABLE_DIRECTORY -> files.directory(text(part, scalar));
          default -> Texts.parse(form, address(part, scalar));
        };
    String[] only = part.key().only();
    if (only.length > 0 && !List.of(only).contains(scalar.text())) {
      throw unfit(part, scalar, "");
    }
    return value;
  }

  /** Text that YAML takes for text too: a country is not to be {@code false}. */
  private static String text(Part part, Scalar scalar) {
    String text = scalar.text();
    return switch (scalar.kind()) {
      case TEXT -> {
        if (text.isEmpty()) {
          throw new IllegalArgumentException("empty text (expected: " + Words.one(part) + ")");
        }
        yield text;
      }
      case BOOLEAN ->
          throw unfit(
              part, scalar, "; YAML takes it for true or false: quote it (\"" + text + "\")");
      case NUMBER ->
          throw unfit(part, scalar, "; YAML takes it for a number: quote it (\"" + text + "\")");
      case NOTHING -> throw unfit(part, scalar, "");
    };
  }

  private static String address(Part part, Scalar scalar) {
    if (scalar.kind() == Kind.NUMBER) {
      switch (part.form()) {
        case STATUS_RANGE -> {
          return scalar.text();
        }
        case RATE -> throw unfit(part, scalar, "; did you mean \"" + scalar.text() + "/s\"?");
        case ADDRESS ->
            throw unfit(part, scalar, "; did you mean \"0.0.0.0:" + scalar.text() + "\"?");
        default -> {}
      }
    }
    return text(part, scalar);
  }

  private static long number(Part part, Scalar scalar) {
    String text = scalar.text();
    if (!INTEGER.matcher(text).matches()) {
      throw unfit(part, scalar, numberHint(text));
    }
    unquoted(part, scalar);
    long value;
    try {
      value = Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(unfit(part, scalar, "").getMessage(), e);
    }
    return inRange(part, scalar, value);
  }

  private static String numberHint(String text) {
    if (text.matches("[-+]?0[0-9_]+")) {
      return "; YAML reads a number that starts with 0 as octal: write "
          + text.replaceFirst("^\\+?(-?)0+(?=[0-9])", "$1").replace("_", "");
    } else if (text.matches("[-+]?[0-9][0-9_]*")) {
      return "; write " + text.replace("_", "").replace("+", "");
    } else if (text.matches("[-+]?[0-9]+\\.[0-9]*([eE][-+]?[0-9]+)?")) {
      return "; without a fraction";
    } else if (text.matches("[-+]?0[xXbBoO][0-9A-Fa-f_]+")) {
      return "; write it in decimal";
    } else if (text.matches("[0-9]+:[0-9:]+")) {
      return "; no clock times or base 60";
    }
    return "";
  }

  private static double decimal(Part part, Scalar scalar) {
    String text = scalar.text();
    if (!DECIMAL.matcher(text).matches()) {
      throw unfit(part, scalar, text.indexOf(',') >= 0 ? "; the decimal sign is \".\"" : "");
    }
    unquoted(part, scalar);
    return inRange(part, scalar, Double.parseDouble(text));
  }

  private static boolean truth(Part part, Scalar scalar) {
    String text = scalar.text();
    if (text.equals("true") || text.equals("false")) {
      unquoted(part, scalar);
      return text.equals("true");
    }
    String plain = text.toLowerCase(Locale.ROOT);
    boolean yes = List.of("yes", "on", "y", "true", "1", "enabled").contains(plain);
    boolean no = List.of("no", "off", "n", "false", "0", "disabled").contains(plain);
    throw unfit(part, scalar, yes ? "; write true" : no ? "; write false" : "");
  }

  private static Object choice(Part part, Scalar scalar) {
    for (Object constant : part.type().getEnumConstants()) {
      if (Words.word(constant).equals(scalar.text())) {
        return constant;
      }
    }
    throw unfit(
        part,
        scalar,
        Hints.word(
            scalar.text(),
            Arrays.stream(part.type().getEnumConstants()).map(Words::word).toList()));
  }

  private static Duration duration(Part part, Scalar scalar) {
    String text = scalar.text();
    Matcher matcher = WITH_UNIT.matcher(text);
    if (!matcher.matches()) {
      throw unfit(part, scalar, text.startsWith("-") ? "; it can't be negative" : "");
    }
    String amount = matcher.group(1);
    String unit = matcher.group(2);
    Long nanos = NANOS.get(unit);
    if (nanos == null) {
      throw unfit(part, scalar, durationHint(amount, unit));
    }
    if (text.contains(" ") || padded(amount)) {
      throw unfit(part, scalar, "; did you mean \"" + unpadded(amount) + unit + "\"?");
    }
    double value = Double.parseDouble(amount) * nanos;
    if (value > 1e17) { // more than three years: the ranges are narrower
      throw unfit(part, scalar, "");
    }
    return Duration.ofNanos(Math.round(value));
  }

  private static String durationHint(String amount, String unit) {
    String meant =
        switch (unit.toLowerCase(Locale.ROOT)) {
          case "", "sec", "secs", "second", "seconds", "s" -> "s";
          case "msec", "millis", "milliseconds", "ms" -> "ms";
          case "min", "mins", "minute", "minutes", "m" -> "m";
          case "hour", "hours", "hr", "hrs", "h" -> "h";
          default -> "";
        };
    if (meant.isEmpty()) {
      return "; the unit \"" + unit + "\" is unknown";
    }
    return (unit.isEmpty() ? "; it has no unit" : "")
        + "; did you mean \""
        + unpadded(amount)
        + meant
        + "\"?";
  }

  private static long size(Part part, Scalar scalar) {
    String text = scalar.text();
    Matcher matcher = WITH_UNIT.matcher(text);
    if (!matcher.matches()) {
      throw unfit(part, scalar, text.startsWith("-") ? "; it can't be negative" : numberHint(text));
    }
    String amount = matcher.group(1);
    String unit = matcher.group(2);
    if (unit.isEmpty()) {
      return number(part, scalar);
    }
    Long bytes = BYTES.get(unit);
    if (bytes == null) {
      String letter = unit.substring(0, 1).toUpperCase(Locale.ROOT);
      boolean known = unit.matches("(?i)[kmg](i?b)?|b|bytes?") && !unit.equalsIgnoreCase("bytes");
      String meant = letter.equals("B") ? "B" : letter + (unit.matches("(?i).b") ? "B" : "iB");
      throw unfit(
          part,
          scalar,
          known
              ? "; did you mean \"" + amount + meant + "\"?"
              : "; the unit \"" + unit + "\" is unknown");
    }
    double value = Double.parseDouble(amount) * bytes;
    if (text.contains(" ") || padded(amount)) {
      throw unfit(part, scalar, "; did you mean \"" + unpadded(amount) + unit + "\"?");
    }
    if (value > 1e15 || value != Math.rint(value)) {
      throw unfit(part, scalar, "; it is no whole number of bytes");
    }
    return (long) value;
  }

  private static long percent(Part part, Scalar scalar) {
    String text = scalar.text();
    if (!text.matches("(0|[1-9][0-9]{0,8})%")) {
      boolean bare = text.matches("[0-9]{1,3}");
      boolean spaced = text.matches("[0-9]{1,3} +%");
      throw unfit(
          part,
          scalar,
          bare || spaced
              ? "; did you mean \"" + text.replaceAll("[ %]", "") + "%\"?"
              : text.startsWith("0.") ? "; in hundredths, without a fraction" : "");
    }
    long value = Long.parseLong(text.substring(0, text.length() - 1));
    if (value > 100) {
      throw new IllegalArgumentException(text + " (expected: 0% to 100%)");
    }
    return value;
  }

  private static boolean padded(String amount) {
    return amount.matches("0[0-9].*");
  }

  private static String unpadded(String amount) {
    return amount.replaceFirst("^0+(?=[0-9])", "");
  }

  private static void unquoted(Part part, Scalar scalar) {
    if (scalar.kind() == Kind.TEXT && !scalar.expanded()) {
      throw unfit(part, scalar, "; its quotes make it text: remove them");
    }
  }

  private static Object narrow(Part part, long value) {
    return part.type() == long.class || part.type() == Long.class
        ? (Object) value
        : (Object) Math.toIntExact(value);
  }

  /** The bounds are written as the file writes values, and are read the same way. */
  private static <T extends Comparable<T>> T inRange(Part part, Scalar scalar, T value) {
    Key key = part.key();
    boolean low = !key.min().isEmpty() && value.compareTo(bound(part, key.min(), value)) < 0;
    boolean high = !key.max().isEmpty() && value.compareTo(bound(part, key.max(), value)) > 0;
    if (low || high) {
      throw new IllegalArgumentException(
          Words.found(scalar) + " (expected: " + Words.range(part) + ")");
    }
    return value;
  }

  @SuppressWarnings("unchecked") // a bound is of the value's type
  private static <T> T bound(Part part, String text, T value) {
    Scalar scalar = new Scalar(new Node.Place(1, 1), text, Kind.TEXT, true);
    Object bound =
        switch (value) {
          case Duration _ -> duration(part, scalar);
          case Double _ -> Double.parseDouble(text);
          default -> {
            Matcher matcher = WITH_UNIT.matcher(text);
            boolean unit = matcher.matches() && !matcher.group(2).isEmpty();
            yield text.endsWith("%")
                ? (Object) Long.parseLong(text.substring(0, text.length() - 1))
                : unit ? (Object) size(part, scalar) : (Object) Long.parseLong(text);
          }
        };
    return (T) bound;
  }

  private static IllegalArgumentException unfit(Part part, Scalar scalar, String hint) {
    return new IllegalArgumentException(
        Words.found(scalar) + " (expected: " + Words.one(part) + ")" + hint);
  }
}
