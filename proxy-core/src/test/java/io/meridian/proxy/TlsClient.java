package io.meridian.proxy;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A client that speaks the JDK's TLS. It trusts one authority and keeps its sessions. */
final class TlsClient {
  private final SSLContext context;
  private Consumer<SSLParameters> tuning = _ -> {};

  private TlsClient(SSLContext context) {
    this.context = context;
  }

  static TlsClient trusting(X509Bundle authority) {
    return with(authority, null);
  }

  /** One that has a certificate to show. */
  static TlsClient with(X509Bundle authority, @Nullable X509Bundle own) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      KeyManager[] keys = own == null ? null : own.toKeyManagerFactory().getKeyManagers();
      context.init(keys, authority.toTrustManagerFactory().getTrustManagers(), null);
      return new TlsClient(context);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  TlsClient tuned(Consumer<SSLParameters> parameters) {
    TlsClient other = new TlsClient(context);
    other.tuning = parameters;
    return other;
  }

  TlsClient speaking(String version) {
    return tuned(p -> p.setProtocols(new String[] {version}));
  }

  /** A connection with its handshake done; {@code name} empty: none is asked for. */
  Wire connect(int port, String name) throws IOException {
    return new Wire(socket(new Socket(InetAddress.getLoopbackAddress(), port), port, name), null);
  }

  SSLSocket socket(Socket below, int port, String name) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(below, name.isEmpty() ? "127.0.0.1" : name, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    if (!name.isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(name)));
    }
    tuning.accept(parameters);
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(20_000);
    try {
      socket.startHandshake();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  /** The common name of what the server shows to a client that asks for this name. */
  String shown(int port, String name) throws IOException, GeneralSecurityException {
    try (Wire wire = connect(port, name)) {
      return certificate(wire).getSubjectX500Principal().getName();
    }
  }

  static X509Certificate certificate(Wire wire) throws IOException {
    return (X509Certificate) ((SSLSocket) wire.socket()).getSession().getPeerCertificates()[0];
  }
}
