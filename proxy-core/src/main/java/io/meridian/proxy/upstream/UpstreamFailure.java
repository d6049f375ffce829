package io.meridian.proxy.upstream;

import io.meridian.health.Outcome;
import io.meridian.proxy.telemetry.AttemptOutcome;

/**
 * How an attempt failed on the endpoint's side, with its Proxy-Status error type.
 *
 * @see "RFC 9209, 2.3"
 */
public enum UpstreamFailure {
  CONNECT_REFUSED(Outcome.CONNECT_FAILED, AttemptOutcome.CONNECT_FAILED, "connection_refused", 502),
  CONNECT_TIMEOUT(
      Outcome.CONNECT_FAILED, AttemptOutcome.CONNECT_TIMEOUT, "connection_timeout", 504),
  UNREACHABLE(
      Outcome.CONNECT_FAILED, AttemptOutcome.CONNECT_FAILED, "destination_ip_unroutable", 502),
  NAME_UNKNOWN(Outcome.CONNECT_FAILED, AttemptOutcome.CONNECT_FAILED, "dns_error", 502),
  /** The TLS handshake broke off. */
  TLS_PROTOCOL(Outcome.CONNECT_FAILED, AttemptOutcome.CONNECT_FAILED, "tls_protocol_error", 502),
  /** The endpoint refused the TLS handshake by an alert. */
  TLS_ALERT(Outcome.CONNECT_FAILED, AttemptOutcome.CONNECT_FAILED, "tls_alert_received", 502),
  /** The endpoint's certificate is not to be trusted, or names another host. */
  TLS_CERTIFICATE(
      Outcome.CONNECT_FAILED, AttemptOutcome.CONNECT_FAILED, "tls_certificate_error", 502),
  /** The endpoint does not speak the protocol that it must. */
  PROTOCOL_UNKNOWN(
      Outcome.CONNECT_FAILED, AttemptOutcome.CONNECT_FAILED, "http_protocol_error", 502),
  /** The connection takes no WebSocket (RFC 8441); the endpoint may be well. */
  NO_UPGRADE(Outcome.BAD_RESPONSE, AttemptOutcome.BAD_RESPONSE, "http_upgrade_failed", 502),
  /** A pooled connection that its peer had closed when it was used again: says nothing. */
  STALE(Outcome.RESET, AttemptOutcome.RESET, "connection_terminated", 502),
  /** The connection goes away and the request was not looked at (GOAWAY, RFC 9113, 8.7). */
  GOING_AWAY(Outcome.RESET, AttemptOutcome.RESET, "connection_terminated", 502),
  /** The stream was refused before it was looked at (REFUSED_STREAM, RFC 9113, 8.7). */
  STREAM_REFUSED(Outcome.RESET, AttemptOutcome.RESET, "connection_terminated", 502),
  /** Closed or reset before any byte of an answer. */
  CLOSED(Outcome.RESET, AttemptOutcome.RESET, "connection_terminated", 502),
  /** Cut off within an answer. */
  TRUNCATED(Outcome.TRUNCATED, AttemptOutcome.TRUNCATED, "http_response_incomplete", 502),
  /** Stalled within an answer. */
  STALLED(Outcome.TRUNCATED, AttemptOutcome.TRUNCATED, "connection_read_timeout", 504),
  /** No head of an answer in time. */
  SILENT(Outcome.OVERDUE, AttemptOutcome.OVERDUE, "http_response_timeout", 504),
  BAD_RESPONSE(Outcome.BAD_RESPONSE, AttemptOutcome.BAD_RESPONSE, "http_protocol_error", 502),
  BAD_STATUS(Outcome.BAD_STATUS, AttemptOutcome.BAD_STATUS, "http_response_incomplete", 502);

  private final Outcome outcome;
  private final AttemptOutcome attemptOutcome;
  private final String proxyStatus;
  private final int status;

  UpstreamFailure(Outcome outcome, AttemptOutcome attemptOutcome, String proxyStatus, int status) {
    this.outcome = outcome;
    this.attemptOutcome = attemptOutcome;
    this.proxyStatus = proxyStatus;
    this.status = status;
  }

  /** What health is told. */
  public Outcome outcome() {
    return outcome;
  }

  /** What is counted. */
  public AttemptOutcome attemptOutcome() {
    return attemptOutcome;
  }

  /** Error type for the Proxy-Status field. */
  public String proxyStatus() {
    return proxyStatus;
  }

  /** What the client is answered if nothing else can be done (RFC 9110, 15.6). */
  public int status() {
    return status;
  }

  /** Whether it speaks against the endpoint. */
  public boolean blames() {
    return this != STALE && this != GOING_AWAY && this != NO_UPGRADE;
  }

  /** Whether only the connection has ended: another one to the same endpoint is as good as any. */
  public boolean endpointIsWell() {
    return this == STALE || this == GOING_AWAY;
  }

  /** Whether the endpoint has said that the request was not processed: any method may move. */
  public boolean unprocessed() {
    return this == GOING_AWAY || this == STREAM_REFUSED || this == NO_UPGRADE;
  }
}
