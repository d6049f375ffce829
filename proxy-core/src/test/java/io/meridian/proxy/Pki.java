package io.meridian.proxy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** An authority and the certificates that it issues. */
final class Pki {
  private final X509Bundle root;

  Pki(String name) {
    try {
      root =
          new CertificateBuilder()
              .ecp256()
              .subject("CN=" + name)
              .setIsCertificateAuthority(true)
              .buildSelfSigned();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A certificate for a host and for 127.0.0.1 if there is none. */
  X509Bundle leaf(@Nullable String host) {
    return leaf(host, Instant.now().plus(Duration.ofDays(1)));
  }

  X509Bundle expired() {
    return leaf(null, Instant.now().minus(Duration.ofDays(1)));
  }

  private X509Bundle leaf(@Nullable String host, Instant until) {
    try {
      CertificateBuilder builder =
          new CertificateBuilder()
              .ecp256()
              .subject("CN=leaf")
              .notBefore(Instant.now().minus(Duration.ofDays(9)))
              .notAfter(until);
      if (host == null) {
        builder.addSanIpAddress("127.0.0.1");
      } else {
        builder.addSanDnsName(host);
      }
      return builder.buildIssuedBy(root);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  Path ca(Path directory) throws IOException {
    return Files.writeString(directory.resolve("ca.pem"), root.getCertificatePEM());
  }

  static Path certificate(Path directory, X509Bundle leaf) throws IOException {
    return Files.writeString(directory.resolve("leaf.pem"), leaf.getCertificatePathPEM());
  }

  static Path key(Path directory, X509Bundle leaf) throws IOException {
    return Files.writeString(directory.resolve("leaf.key"), leaf.getPrivateKeyPEM());
  }

  /** What a server with this certificate speaks TLS with; it trusts clients of this authority. */
  SSLContext server(X509Bundle leaf) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          leaf.toKeyManagerFactory().getKeyManagers(),
          new TrustManager[] {root.toTrustManager()},
          null);
      return context;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
