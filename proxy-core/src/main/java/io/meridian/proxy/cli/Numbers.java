package io.meridian.proxy.cli;

import io.meridian.proxy.cli.Arguments.UsageException;

/** Numbers among the words of a command. */
final class Numbers {
  private Numbers() {}

  /** A port; 0: any that is free. */
  static int port(Arguments arguments, String name, int otherwise) throws UsageException {
    String text = arguments.get(name, Integer.toString(otherwise));
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new UsageException("--" + name + ": " + text + " (expected: 0 to 65535)");
  }
}
