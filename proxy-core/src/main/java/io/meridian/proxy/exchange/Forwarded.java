package io.meridian.proxy.exchange;

import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.HeadBytes;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;

/**
 * The element of {@code Forwarded} that this hop adds behind those of trusted peers: who connected,
 * by which edge, asking for which host, over what. Where a trusted peer speaks only {@code
 * X-Forwarded-For} there is none: it would make that peer the client for those who look here first.
 *
 * @see "RFC 7239, 4 to 6"
 */
final class Forwarded {
  private static final byte[] NAME = ascii("\r\nForwarded: ");
  private static final byte[] HOST = ascii(";host=\"");
  private static final byte[] PROTO = ascii("\";proto=");

  private Forwarded() {}

  /**
   * What the elements of one connection begin with: {@code for} and {@code by}.
   *
   * @param address as text; an IPv6 address is quoted, in brackets (RFC 7239, 6)
   * @param edge its name stands for its address, as an obfuscated identifier (6.3)
   */
  static byte[] prefix(byte[] address, String edge) {
    String text = new String(address, StandardCharsets.US_ASCII);
    String node = text.indexOf(':') < 0 ? text : "\"[" + text + "]\"";
    return ascii("for=" + node + ";by=_" + edge);
  }

  /** Whether a request gets the field. */
  static boolean fits(RequestHead head, Peer peer) {
    return !peer.trusted() || head.has(FieldId.FORWARDED) || !head.has(FieldId.X_FORWARDED_FOR);
  }

  /** How much room {@link #write} needs. */
  static int size(RequestHead head, byte[] prefix) {
    return head.length() + prefix.length + 64;
  }

  /** Writes the end of a line and the field without its end. */
  static void write(HeadBytes out, RequestHead head, Peer peer, byte[] prefix) {
    out.writeBytes(NAME);
    if (peer.trusted()) {
      RequestWriter.list(out, head, FieldId.FORWARDED);
    }
    out.writeBytes(prefix).writeBytes(HOST);
    // An authority holds neither quotes nor backslashes.
    out.writeBytes(head.bytes(), head.authorityStart(), head.authorityLength());
    out.writeBytes(PROTO).writeBytes(peer.scheme());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
