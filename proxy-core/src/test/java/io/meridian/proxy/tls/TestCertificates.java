package io.meridian.proxy.tls;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Certificates made for a test, in files of its own. */
public final class TestCertificates {
  private final Path directory;
  private final X509Bundle authority;

  public TestCertificates(Path directory) {
    this.directory = directory;
    this.authority = authority("CN=authority");
  }

  /** Who issues all others. */
  public X509Bundle authority() {
    return authority;
  }

  public static X509Bundle authority(String subject) {
    return build(
        new CertificateBuilder()
            .algorithm(Algorithm.ecp256)
            .subject(subject)
            .setIsCertificateAuthority(true),
        null);
  }

  /** A certificate for these names. */
  public X509Bundle server(Algorithm algorithm, String... names) {
    CertificateBuilder builder =
        new CertificateBuilder().algorithm(algorithm).subject("CN=" + names[0]);
    return build(named(builder, names), authority);
  }

  /** One that vouches for itself. */
  public static X509Bundle selfSigned(Algorithm algorithm, String name) {
    return build(
        named(new CertificateBuilder().algorithm(algorithm).subject("CN=" + name), name)
            .setIsCertificateAuthority(true),
        null);
  }

  /** The builder's own method takes no wildcards. */
  private static CertificateBuilder named(CertificateBuilder builder, String... names) {
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    for (String name : names) {
      list.write(0x82); // dNSName
      list.write(name.length());
      list.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    }
    ByteArrayOutputStream sequence = new ByteArrayOutputStream();
    sequence.write(0x30);
    sequence.write(list.size());
    sequence.writeBytes(list.toByteArray());
    return builder.addExtensionOctetString(
        "2.5.29.17", false, sequence.toByteArray()); // subjectAltName
  }

  public X509Bundle server(String... names) {
    return server(Algorithm.ecp256, names);
  }

  /** A client's certificate. */
  public static X509Bundle client(X509Bundle issuer, String subject) {
    return build(
        new CertificateBuilder()
            .algorithm(Algorithm.ecp256)
            .subject(subject)
            .addExtendedKeyUsageClientAuth(),
        issuer);
  }

  private static X509Bundle build(CertificateBuilder builder, @Nullable X509Bundle issuer) {
    try {
      return issuer == null ? builder.buildSelfSigned() : builder.buildIssuedBy(issuer);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The files of a certificate, as the configuration names them. */
  public String write(String name, X509Bundle bundle) {
    file(name + ".key.pem", bundle.getPrivateKeyPEM());
    file(name + ".pem", bundle.getCertificatePathPEM());
    return "{ certificate: "
        + directory.resolve(name + ".pem")
        + ", key: "
        + directory.resolve(name + ".key.pem")
        + " }";
  }

  /** A file with one certificate. */
  public Path writeAuthority(String name, X509Bundle bundle) {
    return file(name + ".pem", bundle.getCertificatePEM());
  }

  /** Replaces a file in one step. */
  public Path file(String name, String text) {
    try {
      Path made = Files.writeString(directory.resolve(name + ".new"), text);
      return Files.move(
          made, directory.resolve(name), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
