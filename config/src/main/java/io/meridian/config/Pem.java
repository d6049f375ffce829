package io.meridian.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and private keys in PEM (RFC 7468). What is wrong with a file is said in words. */
public final class Pem {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MIN_RSA_BITS = 2048;
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
  private static final Pattern ENCRYPTED =
      Pattern.compile("BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED");

  private Pem() {}

  /**
   * All certificates of a file, in its order; at least one.
   *
   * @throws IOException if it can't be read or has none that can be
   */
  public static List<X509Certificate> certificates(Path file) throws IOException {
    List<X509Certificate> certificates = new ArrayList<>();
    Matcher block = BLOCK.matcher(text(file));
    while (block.find()) {
      if (block.group(1).equals("CERTIFICATE")) {
        try {
          certificates.add(
              (X509Certificate)
                  CertificateFactory.getInstance("X.509")
                      .generateCertificate(new ByteArrayInputStream(bytes(block))));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
          throw new IOException(
              "certificate " + (certificates.size() + 1) + " of it can't be read", e);
        }
      }
    }
    if (certificates.isEmpty()) {
      throw new IOException("holds no certificate (expected: PEM, BEGIN CERTIFICATE)");
    }
    return List.copyOf(certificates);
  }

  /**
   * The private key of a file, RSA or EC: PKCS #8, PKCS #1 or SEC 1.
   *
   * @throws IOException if it can't be read or has none that can be
   */
  public static PrivateKey privateKey(Path file) throws IOException {
    String text = text(file);
    if (ENCRYPTED.matcher(text).find()) {
      throw new IOException(
          "is encrypted (expected: a key without passphrase in a file that only Meridian may"
              + " read)");
    }
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      try {
        switch (block.group(1)) {
          case "PRIVATE KEY" -> {
            return pkcs8(bytes(block));
          }
          case "RSA PRIVATE KEY" -> {
            return pkcs8(Der.pkcs8OfRsa(bytes(block)));
          }
          case "EC PRIVATE KEY" -> {
            return pkcs8(Der.pkcs8OfEc(bytes(block)));
          }
          default -> {
            // EC PARAMETERS, a certificate: not what is looked for
          }
        }
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        throw new IOException("its private key can't be read (expected: RSA or EC)", e);
      }
    }
    throw new IOException("holds no private key (expected: PEM, BEGIN PRIVATE KEY)");
  }

  /**
   * Checks that the key is the certificate's.
   *
   * @throws IOException if it is not, or is too short
   */
  public static void requirePair(X509Certificate certificate, PrivateKey key) throws IOException {
    PublicKey open = certificate.getPublicKey();
    boolean pair = false;
    if (open.getAlgorithm().equals(key.getAlgorithm())) {
      try {
        byte[] text = "a pair of keys".getBytes(StandardCharsets.US_ASCII);
        String name = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
        Signature signature = Signature.getInstance(name);
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(open);
        signature.update(text);
        pair = signature.verify(signed);
      } catch (GeneralSecurityException e) {
        pair = false; // such as of two curves
      }
    }
    if (!pair) {
      throw new IOException("is not the key of the certificate (expected: the one it was made of)");
    }
    if (key instanceof RSAKey rsa && rsa.getModulus().bitLength() < MIN_RSA_BITS) {
      throw new IOException(
          "has " + rsa.getModulus().bitLength() + " bits (expected: RSA of 2048 or more, or EC)");
    }
  }

  private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
    try {
      return KeyFactory.getInstance("RSA").generatePrivate(spec);
    } catch (GeneralSecurityException e) {
      return KeyFactory.getInstance("EC").generatePrivate(spec);
    }
  }

  private static byte[] bytes(Matcher block) {
    return Base64.getMimeDecoder().decode(block.group(2));
  }

  private static String text(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new IOException("can't be read: " + e.getClass().getSimpleName(), e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new IOException("larger than 1 MiB");
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
