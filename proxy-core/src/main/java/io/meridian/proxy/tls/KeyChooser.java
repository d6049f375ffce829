package io.meridian.proxy.tls;

import io.meridian.proxy.tls.CertificateSet.Entry;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the certificate within the handshake, by the name that BoringSSL itself has read. Nothing
 * else parses a ClientHello for that, so no way of splitting one leads to another certificate or
 * another demand for the client's.
 */
final class KeyChooser extends X509ExtendedKeyManager {
  private final CertificateSet certificates;
  private final boolean refuseUnknown;

  KeyChooser(CertificateSet certificates, boolean refuseUnknown) {
    this.certificates = certificates;
    this.refuseUnknown = refuseUnknown;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    String name = name(engine);
    if (refuseUnknown && !certificates.knows(name)) {
      return null;
    }
    Entry entry = certificates.choose(name, keyType);
    if (entry == null || (certificates.severalKeyTypes() && !verifies(engine, keyType))) {
      return null;
    }
    byte[] ocsp = certificates.ocsp(entry);
    if (ocsp != null && engine instanceof ReferenceCountedOpenSslEngine openSsl) {
      openSsl.setOcspResponse(ocsp);
    }
    return entry.alias();
  }

  /**
   * Whether the client can verify signatures of this type (RFC 8446, 4.2.3); one that says nothing
   * may. With keys of one type only BoringSSL's own answer is the same.
   */
  private static boolean verifies(SSLEngine engine, String keyType) {
    String[] schemes =
        engine instanceof ReferenceCountedOpenSslEngine openSsl
            ? SSL.getSigAlgs(openSsl.sslPointer())
            : null;
    return schemes == null || schemes.length == 0 || signs(schemes, keyType.equals("EC"));
  }

  /** Whether one of these schemes is for ECDSA, or else for RSA keys. */
  private static boolean signs(String[] schemes, boolean ecdsa) {
    for (String scheme : schemes) {
      if (ecdsa
          ? scheme.startsWith("ecdsa_")
          : scheme.startsWith("rsa_pkcs1_") || scheme.startsWith("rsa_pss_rsae_")) {
        return true;
      }
    }
    return false;
  }

  /** The name that the client asked for; empty if none. */
  private static String name(SSLEngine engine) {
    String name =
        engine instanceof ReferenceCountedOpenSslEngine openSsl
            ? SSL.getSniHostname(openSsl.sslPointer())
            : null;
    return name == null ? "" : name;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Entry entry = certificates.byAlias(alias);
    return entry == null ? null : entry.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Entry entry = certificates.byAlias(alias);
    return entry == null ? null : entry.key();
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return certificates.entries().stream().map(Entry::alias).toArray(String[]::new);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null; // engines only
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
