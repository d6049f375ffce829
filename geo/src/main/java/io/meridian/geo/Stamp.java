package io.meridian.geo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** What tells one state of a file from the next; links are followed. */
record Stamp(@Nullable Object fileKey, long size, FileTime modified) {
  /** No file is there. */
  static final Stamp GONE = new Stamp(null, -1, FileTime.fromMillis(0));

  static Stamp of(Path file) throws IOException {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(now.fileKey(), now.size(), now.lastModifiedTime());
    } catch (NoSuchFileException e) {
      return GONE;
    }
  }
}
