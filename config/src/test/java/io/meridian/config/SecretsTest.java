package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
  @TempDir Path directory;

  @Test
  void one_newline_at_the_end_is_no_part_of_a_secret() throws Exception {
    assertEquals("a b", read("a b"));
    assertEquals("a b", read("a b\n"));
    assertEquals("a b", read("a b\r\n"));
    assertEquals("a b\n", read("a b\n\n"));
  }

  @Test
  void a_secret_is_neither_empty_nor_large() {
    assertThrows(IOException.class, () -> read(""));
    assertThrows(IOException.class, () -> read("\n"));
    assertThrows(IOException.class, () -> read("x".repeat(4097)));
    assertThrows(IOException.class, () -> Secrets.read(directory.resolve("missing")));
  }

  private String read(String content) throws IOException {
    return Secrets.read(Files.writeString(directory.resolve("secret"), content));
  }
}
