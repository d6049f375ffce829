package io.meridian.proxy.telemetry;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts the TLS handshakes of one listener and shows its certificates. Any thread. */
public final class TlsMeters {
  /** How a handshake failed. */
  public enum Failure {
    /** It took too long. */
    TIMEOUT,
    /** The client left. */
    CLOSED,
    /** The client offers no protocol that is spoken here (ALPN). */
    PROTOCOL,
    /** Anything else: versions, names, certificates, nonsense. */
    FAILED
  }

  /**
   * One certificate in use.
   *
   * @param file where it is from
   */
  public record Certificate(String file, long notAfterEpochSeconds) {}

  record Result(String result, String version, boolean resumed) {}

  final String listener;
  final Map<Result, LongAdder> handshakes = new ConcurrentHashMap<>();
  final LongAdder reloads = new LongAdder();
  final LongAdder refusedReloads = new LongAdder();
  volatile List<Certificate> certificates = List.of();

  TlsMeters(String listener) {
    this.listener = listener;
  }

  /**
   * @param version as BoringSSL calls it, which is one of two
   */
  public void completed(String version, boolean resumed) {
    count(new Result("success", version, resumed));
  }

  public void failed(Failure why) {
    count(new Result(Labels.of(why), "none", false));
  }

  /** Changed files were put to use, or refused. */
  public void reloaded(boolean used) {
    (used ? reloads : refusedReloads).increment();
  }

  /** Those in use from now on. */
  public void certificates(List<Certificate> inUse) {
    certificates = inUse;
  }

  private void count(Result result) {
    handshakes.computeIfAbsent(result, _ -> new LongAdder()).increment();
  }
}
