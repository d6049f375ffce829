package io.meridian.proxy.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The words behind a command: {@code --name value}, {@code --name=value}, {@code name=value} and
 * {@code --flag}.
 */
final class Arguments {
  /** The command line can't be understood; the message says what was expected. */
  static final class UsageException extends Exception {
    UsageException(String message) {
      super(message);
    }
  }

  private final Map<String, List<String>> values = new LinkedHashMap<>();

  /**
   * @param options names that take a value
   * @param flags names that take none
   */
  static Arguments parse(List<String> words, Set<String> options, Set<String> flags)
      throws UsageException {
    Arguments arguments = new Arguments();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (!isOption(word, options)) {
        throw new UsageException("unexpected word: " + word + expected(options, flags));
      }
      int equals = word.indexOf('=');
      int start = word.startsWith("--") ? 2 : 0;
      String name = equals < 0 ? word.substring(start) : word.substring(start, equals);
      String value;
      if (flags.contains(name) && equals < 0) {
        value = "";
      } else if (!options.contains(name)) {
        throw new UsageException("unknown option: --" + name + expected(options, flags));
      } else if (equals >= 0) {
        value = word.substring(equals + 1);
      } else if (++i < words.size()) {
        value = words.get(i);
      } else {
        throw new UsageException("--" + name + " needs a value");
      }
      arguments.values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }
    return arguments;
  }

  /** Whether a word gives one of the options, or tries to. */
  static boolean isOption(String word, Set<String> options) {
    int equals = word.indexOf('=');
    return word.startsWith("--") || (equals > 0 && options.contains(word.substring(0, equals)));
  }

  private static String expected(Set<String> options, Set<String> flags) {
    TreeSet<String> names = new TreeSet<>(options);
    names.addAll(flags);
    return names.isEmpty()
        ? " (expected: none)"
        : names.stream().collect(Collectors.joining(", --", " (expected: --", ")"));
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /** The last value given; null if none was. */
  @Nullable String get(String name) {
    List<String> given = values.get(name);
    return given == null ? null : given.getLast();
  }

  String get(String name, String otherwise) {
    String value = get(name);
    return value == null ? otherwise : value;
  }

  String require(String name) throws UsageException {
    String value = get(name);
    if (value == null) {
      throw new UsageException("--" + name + " is missing");
    }
    return value;
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }
}
