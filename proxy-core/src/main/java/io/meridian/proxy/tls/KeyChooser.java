package io.meridian.proxy.tls;

import io.meridian.proxy.tls.CertificateSet.Entry;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
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
    if (entry == null || !verifies(engine, keyType)) {
      return null;
    }
    byte[] ocsp = certificates.ocsp(entry);
    if (ocsp != null && engine instanceof ReferenceCountedOpenSslEngine openSsl) {
      openSsl.setOcspResponse(ocsp);
    }
    return entry.alias();
  }

  /** Whether the client can verify signatures of this type; one that says nothing may. */
  private static boolean verifies(SSLEngine engine, String keyType) {
    if (!(engine.getHandshakeSession() instanceof ExtendedSSLSession session)) {
      return true;
    }
    String[] algorithms = session.getPeerSupportedSignatureAlgorithms();
    String family = keyType.equals("EC") ? "ECDSA" : "RSA";
    return algorithms.length == 0
        || Arrays.stream(algorithms).anyMatch(algorithm -> algorithm.contains("with" + family));
  }

  private static String name(SSLEngine engine) {
    if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
      for (SNIServerName name : session.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName();
        }
      }
    }
    return "";
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
