package io.meridian.config;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;

/** What must hold within a region's ways to reach its endpoints. */
final class UpstreamRules {
  private final Binding file;
  private final Faults faults;

  UpstreamRules(Binding file, Faults faults) {
    this.file = file;
    this.faults = faults;
  }

  void check() {
    for (Binding region : file.get("regions").items()) {
      Binding tls = region.get("tls");
      if (tls.given() && tls.sound()) {
        if (plain(region)) {
          fault(
              tls, "given, but no endpoint of the region is spoken to in TLS (expected: https://)");
        }
        certificate(tls);
      }
    }
  }

  private static boolean plain(Binding region) {
    return region.get("endpoints").items().stream()
        .map(item -> item.as(Region.Endpoint.class))
        .allMatch(endpoint -> endpoint != null && !endpoint.secure());
  }

  private void certificate(Binding tls) {
    Binding certificate = tls.get("certificate");
    Binding key = tls.get("key");
    if (certificate.given() && !key.given()) {
      fault(certificate, "given without key (expected: both)");
    } else if (key.given() && !certificate.given()) {
      fault(key, "given without certificate (expected: both)");
    }
    Binding ca = tls.get("ca");
    if (ca.given() && Boolean.FALSE.equals(tls.get("verify").value())) {
      fault(ca, "given although verify is false (expected: verify: true)");
    } else {
      files(certificate, key, ca);
    }
  }

  private void files(Binding certificate, Binding key, Binding ca) {
    Path authorities = ca.as(Path.class);
    if (authorities != null) {
      certificates(ca, authorities);
    }
    Path chain = certificate.as(Path.class);
    Path secret = key.as(Path.class);
    if (chain == null || secret == null) {
      return;
    }
    List<X509Certificate> own = certificates(certificate, chain);
    if (own.isEmpty()) {
      return;
    }
    try {
      Pem.requirePair(own.getFirst(), Pem.privateKey(secret));
    } catch (IOException e) {
      fault(key, Words.quoted(secret.toString()) + ": " + e.getMessage());
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
