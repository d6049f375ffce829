package io.meridian.proxy.tls;

import io.meridian.config.ListenerTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Tells when a configuration's files are others than before, however they were replaced; links are
 * followed. Several files that belong together are seldom replaced in one moment, so they must have
 * rested from one look to the next.
 */
final class FileStamps {
  /** One state of a file. */
  record Stamp(Path file, Optional<Object> key, long size, long modifiedNanos) {}

  private List<Stamp> used = List.of();
  private List<Stamp> seen = List.of();

  /** What was made of files in this state is in use. */
  void use(List<Stamp> stamps) {
    used = stamps;
    seen = stamps;
  }

  /** Whether there are others than those in use, the same as at the last look; says so once. */
  boolean changed(ListenerTls config) {
    List<Stamp> now = of(config);
    boolean rested = now.equals(seen);
    seen = now;
    if (rested && !now.equals(used)) {
      used = now;
      return true;
    }
    return false;
  }

  static List<Stamp> of(ListenerTls config) {
    List<Stamp> stamps = new ArrayList<>();
    for (ListenerTls.Certificate files : config.certificates()) {
      stamps.add(stamp(files.certificate()));
      stamps.add(stamp(files.key()));
      if (files.ocsp() != null) {
        stamps.add(stamp(files.ocsp()));
      }
    }
    if (config.clientCa() != null) {
      stamps.add(stamp(config.clientCa()));
    }
    return stamps;
  }

  private static Stamp stamp(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(
          file,
          Optional.ofNullable(now.fileKey()),
          now.size(),
          now.lastModifiedTime().to(TimeUnit.NANOSECONDS));
    } catch (IOException e) {
      return new Stamp(file, Optional.empty(), -1, 0);
    }
  }
}
