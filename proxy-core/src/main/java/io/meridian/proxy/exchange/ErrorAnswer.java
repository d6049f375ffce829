package io.meridian.proxy.exchange;

import org.jspecify.annotations.Nullable;

/**
 * An answer of the proxy's own.
 *
 * @param status the status code
 * @param text one line for people, without client data
 * @param proxyStatus error type of the Proxy-Status field (RFC 9209, 2.3); null: no such field
 * @param reason a short fixed word more: why nothing else could be done; empty if none
 * @param retryAfterSeconds 0: no Retry-After
 * @param close whether the connection ends with it
 * @param location where to go instead; empty: no such field
 * @param cookie value of Set-Cookie, of an answer that is for this client and no store; empty: none
 */
public record ErrorAnswer(
    int status,
    String text,
    @Nullable String proxyStatus,
    String reason,
    int retryAfterSeconds,
    boolean close,
    String location,
    String cookie) {

  /** One that sends the client nowhere else. */
  public ErrorAnswer(
      int status,
      String text,
      @Nullable String proxyStatus,
      String reason,
      int retryAfterSeconds,
      boolean close) {
    this(status, text, proxyStatus, reason, retryAfterSeconds, close, "", "");
  }
}
