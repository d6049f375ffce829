package io.meridian.proxy.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.meridian.config.Secrets;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** The bearer token that changes need (RFC 6750, 2.1). */
final class Credentials {
  private static final String SCHEME = "bearer ";

  private Credentials() {}

  /**
   * Whether an {@code Authorization} field carries the token in the file. The file is read each
   * time, so that a new token holds at once; how long the comparison takes tells nothing.
   *
   * @throws IOException if the file can't be read
   */
  static boolean admit(@Nullable String authorization, Path file) throws IOException {
    byte[] expected = digest(Secrets.read(file));
    String given = token(authorization);
    return given != null && MessageDigest.isEqual(expected, digest(given));
  }

  private static @Nullable String token(@Nullable String authorization) {
    return authorization != null && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        ? authorization.substring(SCHEME.length()).strip()
        : null;
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
