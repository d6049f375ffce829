package io.meridian.proxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * What a completed handshake agreed on.
 *
 * @param version e.g. {@code TLSv1.3}
 * @param cipher the suite's name by IANA
 * @param resumed whether an earlier session was taken up
 * @param protocol what ALPN chose; empty if the client offered nothing
 * @param clientSubject of the client's certificate, which was verified: printable ASCII (RFC 4514);
 *     null if it gave none
 * @param serverName that the client asked for (RFC 6066, 3), in lower case; empty if it named none
 */
public record Handshake(
    String version,
    String cipher,
    boolean resumed,
    String protocol,
    @Nullable String clientSubject,
    String serverName) {

  static Handshake of(SslHandler handler) {
    SSLSession session = handler.engine().getSession();
    String protocol = handler.applicationProtocol();
    return new Handshake(
        session.getProtocol(),
        session.getCipherSuite(),
        handler.engine() instanceof ReferenceCountedOpenSslEngine engine
            && SSL.isSessionReused(engine.sslPointer()),
        protocol == null ? "" : protocol,
        subject(handler.engine(), session),
        serverName(handler));
  }

  /** Of this handshake, whether or not it took an earlier session up. */
  private static String serverName(SslHandler handler) {
    String name =
        handler.engine() instanceof ReferenceCountedOpenSslEngine engine
            ? SSL.getSniHostname(engine.sslPointer())
            : null;
    return name == null ? "" : name.toLowerCase(Locale.ROOT);
  }

  private static @Nullable String subject(SSLEngine engine, SSLSession session) {
    if (!engine.getNeedClientAuth() && !engine.getWantClientAuth()) {
      return null; // what the session would say by an exception, which takes 20 microseconds
    }
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate certificate
          ? printable(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253))
          : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  /** What is not printable ASCII is escaped as RFC 4514, 2.4 says: a backslash, two digits. */
  static String printable(String name) {
    StringBuilder text = new StringBuilder(name.length());
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      if (b >= ' ' && b < 0x7f) {
        text.append((char) b);
      } else {
        text.append(String.format("\\%02X", b));
      }
    }
    return text.toString();
  }
}
