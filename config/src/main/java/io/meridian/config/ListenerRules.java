package io.meridian.config;

import io.meridian.config.ListenerTls.ClientAuth;
import io.meridian.config.Node.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What must hold within a listener: keys that need or exclude each other, files that fit. */
final class ListenerRules {
  private static final Duration YEAR = Duration.ofDays(365);

  private final Binding file;
  private final Faults faults;

  ListenerRules(Binding file, Faults faults) {
    this.file = file;
    this.faults = faults;
  }

  void check() {
    for (Binding listener : file.get("listeners").items()) {
      Binding tls = listener.get("tls");
      Binding redirect = listener.get("redirect_to_https");
      Binding hsts = listener.get("hsts");
      if (tls.given() && redirect.given()) {
        fault(redirect, "given beside tls (expected: a listener without tls redirects)");
      }
      if (hsts.given() && !tls.given()) {
        fault(hsts, "given without tls (expected: only over TLS, RFC 6797 7.2)");
      }
      preload(hsts);
      if (tls.given()) {
        tls(tls);
      }
    }
  }

  private void preload(Binding hsts) {
    Binding preload = hsts.get("preload");
    if (!Boolean.TRUE.equals(preload.value())) {
      return;
    }
    Duration age = hsts.get("max_age").as(Duration.class);
    if (!Boolean.TRUE.equals(hsts.get("include_subdomains").value())
        || (age != null && age.compareTo(YEAR) < 0)) {
      fault(preload, "true (expected: with include_subdomains: true and max_age of 8760h or more)");
    }
  }

  private void tls(Binding tls) {
    Map<Path, Place> seen = new HashMap<>();
    for (Binding item : tls.get("certificates").items()) {
      Binding certificate = item.get("certificate");
      Path path = certificate.as(Path.class);
      Place first = path == null ? null : seen.putIfAbsent(path, certificate.at());
      if (first != null) {
        fault(
            certificate,
            Words.quoted(String.valueOf(path))
                + " is taken (expected: another one); first at line "
                + first.line());
      } else {
        pair(certificate, item.get("key"));
      }
    }
    Binding auth = tls.get("client_auth");
    Binding authority = tls.get("client_ca");
    ClientAuth wanted = auth.as(ClientAuth.class);
    boolean asked = wanted != null && wanted != ClientAuth.NONE;
    if (wanted != null && asked && !authority.given()) {
      fault(auth, Words.word(wanted) + " without client_ca (expected: both)");
    } else if (wanted == ClientAuth.NONE && authority.given()) {
      fault(authority, "given although client_auth is none (expected: optional or required)");
    }
    Path authorities = authority.as(Path.class);
    if (authorities != null) {
      certificates(authority, authorities);
    }
  }

  private void pair(Binding certificate, Binding key) {
    Path chainFile = certificate.as(Path.class);
    Path keyFile = key.as(Path.class);
    List<X509Certificate> chain =
        chainFile == null ? List.of() : certificates(certificate, chainFile);
    if (keyFile == null) {
      return;
    }
    try {
      PrivateKey secret = Pem.privateKey(keyFile);
      if (!chain.isEmpty()) {
        Pem.requirePair(chain.getFirst(), secret);
      }
    } catch (IOException e) {
      fault(key, Words.quoted(keyFile.toString()) + ": " + e.getMessage());
    }
  }

  private List<X509Certificate> certificates(Binding part, Path path) {
    try {
      return Pem.certificates(path);
    } catch (IOException e) {
      fault(part, Words.quoted(path.toString()) + ": " + e.getMessage());
      return List.of();
    }
  }

  private void fault(Binding part, String message) {
    faults.add(part.at(), part.path(), message);
  }
}
