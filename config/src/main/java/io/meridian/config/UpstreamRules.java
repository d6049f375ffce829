package io.meridian.config;

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
    }
  }

  private void fault(Binding part, String message) {
    faults.add(part.at(), part.path(), message);
  }
}
