package io.meridian.proxy.telemetry;

import io.prometheus.client.Collector;
import java.util.Collection;
import java.util.List;

/** TLS of the listeners: handshakes, certificates. */
final class TlsCollector extends Collector {
  private final Collection<TlsMeters> listeners;

  /** Live: what it holds at the time of a scrape is shown. */
  TlsCollector(Collection<TlsMeters> listeners) {
    this.listeners = listeners;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Family handshakes =
        Family.counter(
            "tls_handshakes_total",
            "TLS handshakes with clients, by how they ended.",
            "listener",
            "result",
            "version",
            "resumed");
    Family expiry =
        Family.gauge(
            "tls_certificate_expiry_timestamp_seconds",
            "When a certificate in use ends.",
            "listener",
            "certificate");
    Family reloads =
        Family.counter(
            "tls_certificate_reloads_total",
            "Changed certificate files that were put to use, or refused.",
            "listener",
            "result");
    for (TlsMeters tls : listeners) {
      tls.handshakes.forEach((key, count) ->
          handshakes.add(
              count.sum(),
              tls.listener,
              key.result(),
              key.version(),
              Boolean.toString(key.resumed())));
      for (TlsMeters.Certificate certificate : tls.certificates) {
        expiry.add(certificate.notAfterEpochSeconds(), tls.listener, certificate.file());
      }
      reloads.add(tls.reloads.sum(), tls.listener, "success");
      reloads.add(tls.refusedReloads.sum(), tls.listener, "failure");
    }
    return List.of(handshakes.done(), expiry.done(), reloads.done());
  }
}
