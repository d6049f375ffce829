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
      throw new IllegalArgumentException(called(name, file) + " does not exist (expected: a file)");
    } else if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(called(name, file) + " is a directory (expected: a file)");
    } else if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(
          called(name, file) + " can't be read (expected: permission to read it)");
    }
    return file;
  }

  Path secret(String name) {
    Path file = readable(name);
    try {
      Secrets.read(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(called(name, file) + " is " + e.getMessage(), e);
    }
    return file;
  }

  Path writable(String name) {
    Path file = path(name);
    Path directory = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(called(name, file) + " is a directory (expected: a file)");
    } else if (directory == null || !Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          called(name, file) + " is in a directory that does not exist (expected: one that does)");
    } else if (!Files.isWritable(Files.exists(file) ? file : directory)) {
      throw new IllegalArgumentException(
          called(name, file) + " can't be written (expected: permission to write it)");
    }
    return file;
  }

  Path directory(String name) {
    Path directory = path(name);
    if (!Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          called(name, directory) + " is no directory (expected: one that exists)");
    } else if (!Files.isWritable(directory)) {
      throw new IllegalArgumentException(
          called(name, directory) + " can't be written (expected: permission to write it)");
    }
    return directory;
  }

  private Path path(String name) {
    try {
      return base.resolve(name);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Words.quoted(name) + " (expected: a path)", e);
    }
  }

  /** The name as written, and what it leads to where that does not show. */
  private static String called(String name, Path file) {
    return Words.quoted(name)
        + (file.startsWith(name) ? "" : " (" + file.toAbsolutePath().normalize() + ")");
  }
}
