package io.meridian.proxy.exchange;

import io.meridian.config.Hsts;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The TLS of a client connection, as far as requests are concerned. Event loop only. */
public final class Secured {
  /** A longer subject is not passed on: a part of a name could be another's. */
  private static final int MAX_SUBJECT = 2048;

  private static final byte[] NONE = {};
  private final byte[] json;
  private final byte[] requestFields;
  private final byte[] serverName;
  private final @Nullable Predicate<String> hosts;
  private byte[] served = NONE; // the host that was asked for last, and is served

  /**
   * @param version of TLS, by its usual name
   * @param cipher the suite's name
   * @param clientSubject of the client's certificate, printable ASCII; null if it gave none
   * @param serverName that it asked for in TLS; empty if it named none
   * @param hosts says which hosts are served on this connection; null: all
   */
  public Secured(
      String version,
      String cipher,
      @Nullable String clientSubject,
      String serverName,
      @Nullable Predicate<String> hosts) {
    this.serverName = ascii(serverName);
    this.json = ascii("{\"version\":\"" + version + "\",\"cipher\":\"" + cipher + "\"}");
    this.requestFields =
        clientSubject == null || clientSubject.length() > MAX_SUBJECT
            ? NONE
            : ascii("\r\nX-Meridian-Client-Subject: " + clientSubject);
    this.hosts = hosts;
  }

  /** For the access log: version and cipher. */
  byte[] json() {
    return json;
  }

  /** The name that the client asked for in TLS; empty if it named none. */
  byte[] serverName() {
    return serverName;
  }

  /** Field lines for endpoints, each with a line end before it. */
  byte[] requestFields() {
    return requestFields;
  }

  /** Whether requests for this host belong on this connection (RFC 9110, 7.4). */
  boolean serves(RequestHead head) {
    Predicate<String> rule = hosts;
    if (rule == null) {
      return true;
    }
    int start = head.hostStart();
    int end = start + head.hostLength();
    if (Arrays.equals(head.bytes(), start, end, served, 0, served.length) && served.length > 0) {
      return true;
    }
    byte[] host = Arrays.copyOfRange(head.bytes(), start, end);
    if (!rule.test(new String(host, StandardCharsets.US_ASCII))) {
      return false;
    }
    served = host;
    return true;
  }

  static byte[] responseFields(@Nullable Hsts hsts) {
    if (hsts == null) {
      return NONE;
    }
    return ascii(
        "Strict-Transport-Security: max-age="
            + hsts.maxAge().toSeconds()
            + (hsts.includeSubdomains() ? "; includeSubDomains" : "")
            + (hsts.preload() ? "; preload" : "")
            + "\r\n");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
