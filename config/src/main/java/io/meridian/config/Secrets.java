package io.meridian.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Secrets stand in files of their own, never in the configuration. */
public final class Secrets {
  private static final int MAX_BYTES = 4096;

  private Secrets() {}

  /**
   * The secret in this file, without the newline at its end.
   *
   * @throws IOException if the file can't be read, is empty or is larger than 4 KiB
   */
  public static String read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    if (bytes.length > MAX_BYTES) {
      throw new IOException("larger than 4 KiB (expected: a secret, alone in its file)");
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (text.endsWith("\n")) {
      text = text.substring(0, text.length() - (text.endsWith("\r\n") ? 2 : 1));
    }
    if (text.isBlank()) {
      throw new IOException("empty (expected: a secret, alone in its file)");
    }
    return text;
  }
}
