package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PemTest {
  private static final Path FILES = Path.of("src/test/resources/tls");

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "ec.pem, ec.key.pem",
    "ec.pem, ec.sec1.pem",
    "rsa.pem, rsa.key.pem",
    "rsa.pem, rsa.pkcs1.pem"
  })
  void a_key_in_any_usual_form_fits_its_certificate(String certificate, String key) {
    assertDoesNotThrow(() ->
        Pem.requirePair(
            Pem.certificates(FILES.resolve(certificate)).getFirst(),
            Pem.privateKey(FILES.resolve(key))));
  }

  @Test
  void a_chain_is_read_in_its_order_past_other_text() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("chain.pem"),
            "subject=a\n"
                + Files.readString(FILES.resolve("ec.pem"))
                + "\nissuer\n"
                + Files.readString(FILES.resolve("rsa.pem"))
                + Files.readString(FILES.resolve("rsa.key.pem")));

    assertEquals(
        List.of("CN=a.test", "CN=b.test"),
        Pem.certificates(file).stream().map(c -> c.getSubjectX500Principal().getName()).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "'', holds no private key",
    "'-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', can't be read",
    "'-----BEGIN EC PRIVATE KEY-----\nMIID\n-----END EC PRIVATE KEY-----', can't be read",
    "'-----BEGIN EC PRIVATE KEY-----\nMP////8C\n-----END EC PRIVATE KEY-----', can't be read",
    "'-----BEGIN RSA PRIVATE KEY-----\n=\n-----END RSA PRIVATE KEY-----', can't be read",
    "'-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n', is encrypted"
  })
  void what_is_no_key_is_refused_in_words(String text, String why) throws IOException {
    Path file = Files.writeString(directory.resolve("key.pem"), text);

    IOException refused = assertThrows(IOException.class, () -> Pem.privateKey(file));

    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
  }

  @Test
  void a_broken_certificate_is_counted() throws IOException {
    String good = Files.readString(FILES.resolve("ec.pem"));
    Path file =
        Files.writeString(
            directory.resolve("broken.pem"),
            good + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");

    IOException refused = assertThrows(IOException.class, () -> Pem.certificates(file));

    assertEquals("certificate 2 of it can't be read", refused.getMessage());
  }
}
