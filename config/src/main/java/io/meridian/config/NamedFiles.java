package io.meridian.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Files that the configuration names: found now, rather than missed at the first request. */
final class NamedFiles {
  private final Path base;

  /**
   * @param base what relative paths start from
   */
  NamedFiles(Path base) {
    this.base = base;
  }

  Path readable(String name) {
    Path file = path(name);
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(
          Words.quoted(name) + " does not exist" + full(name, file) + " (expected: a file)");
    } else if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(
          Words.quoted(name) + " is a directory" + full(name, file) + " (expected: a file)");
    } else if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(
          Words.quoted(name) + " can't be read" + full(name, file) + "; check its permissions");
    }
    return file;
  }

  Path secret(String name) {
    Path file = readable(name);
    try {
      Secrets.read(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(Words.quoted(name) + " is " + e.getMessage(), e);
    }
    return file;
  }

  Path writable(String name) {
    Path file = path(name);
    Path directory = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(Words.quoted(name) + " is a directory (expected: a file)");
    } else if (directory == null || !Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          Words.quoted(name) + ": the directory does not exist" + full(name, file));
    } else if (!Files.isWritable(Files.exists(file) ? file : directory)) {
      throw new IllegalArgumentException(
          Words.quoted(name) + " can't be written" + full(name, file) + "; check its permissions");
    }
    return file;
  }

  private Path path(String name) {
    try {
      return base.resolve(name);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Words.quoted(name) + " (expected: a path)", e);
    }
  }

  private static String full(String name, Path file) {
    return Path.of(name).isAbsolute() ? "" : ", which is " + file.toAbsolutePath().normalize();
  }
}
