package io.meridian.proxy.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate for localhost that lives a day, made by the runtime's own keytool. */
final class TrainingCertificate {
  private static final String PASSWORD = "training";
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  private final KeyStore store;

  private TrainingCertificate(KeyStore store) {
    this.store = store;
  }

  /** Makes one, and writes {@code certificate.pem} and {@code key.pem} into the directory. */
  static TrainingCertificate make(Path dir)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path file = dir.resolve("training.p12");
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-m",
                    "java.base/sun.security.tools.keytool.Main",
                    "-genkeypair",
                    "-alias",
                    "localhost",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "san=dns:localhost",
                    "-validity",
                    "1",
                    "-storetype",
                    "PKCS12",
                    "-storepass",
                    PASSWORD,
                    "-keystore",
                    file.toString()))
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool: " + said);
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    pem(
        dir.resolve("certificate.pem"),
        "CERTIFICATE",
        store.getCertificate("localhost").getEncoded());
    pem(
        dir.resolve("key.pem"),
        "PRIVATE KEY",
        store.getKey("localhost", PASSWORD.toCharArray()).getEncoded());
    return new TrainingCertificate(store);
  }

  /** For clients that trust it and nothing else. */
  SSLContext clients() throws GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    try {
      trusted.load(null, null);
    } catch (IOException e) {
      throw new GeneralSecurityException(e); // there is nothing to read
    }
    trusted.setCertificateEntry("localhost", store.getCertificate("localhost"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static void pem(Path file, String label, byte[] content) throws IOException {
    Files.writeString(
        file,
        "-----BEGIN "
            + label
            + "-----\n"
            + LINES.encodeToString(content)
            + "\n-----END "
            + label
            + "-----\n");
  }
}
