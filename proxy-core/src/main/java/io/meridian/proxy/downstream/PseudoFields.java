package io.meridian.proxy.downstream;

import io.netty.util.AsciiString;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pseudo-fields of a request, and what makes them malformed (RFC 9113, 8.3.1; RFC 8441, 4).
 * Reused; event loop only.
 */
final class PseudoFields {
  private static final AsciiString GET = AsciiString.cached("GET");
  private static final AsciiString ROOT = AsciiString.cached("/");
  private static final byte[] CONNECT = Hpack.ascii("CONNECT");
  private static final byte[] OPTIONS = Hpack.ascii("OPTIONS");
  private static final byte[] HTTP = Hpack.ascii("http");
  private static final byte[] HTTPS = Hpack.ascii("https");
  private static final byte[] WEBSOCKET = Hpack.ascii("websocket");

  /** Token characters (RFC 9110, 5.6.2) but upper case (RFC 9113, 8.2.1). */
  static final boolean[] NAME = new boolean[256];

  static {
    for (int c = 0; c < 128; c++) {
      boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      NAME[c] = alphanumeric || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
  }

  private @Nullable AsciiString method;
  private @Nullable AsciiString scheme;
  private @Nullable AsciiString path;
  private @Nullable AsciiString authority;
  private @Nullable AsciiString protocol;
  private boolean webSocket;

  void clear() {
    method = null;
    scheme = null;
    path = null;
    authority = null;
    protocol = null;
    webSocket = false;
  }

  /** The next one; what is wrong with it, null if nothing is. */
  @Nullable String take(AsciiString name, AsciiString value) {
    boolean again;
    switch (name.toString()) {
      case ":method" -> {
        again = method != null;
        method = value;
      }
      case ":scheme" -> {
        again = scheme != null;
        scheme = value;
      }
      case ":path" -> {
        again = path != null;
        path = value;
      }
      case ":authority" -> {
        again = authority != null;
        authority = value;
      }
      case ":protocol" -> {
        again = protocol != null;
        protocol = value;
      }
      default -> {
        return "unknown pseudo-field";
      }
    }
    return again ? "repeated pseudo-field" : null;
  }

  /** All of them are there: what is wrong with them; null if nothing is. */
  @Nullable String check() {
    AsciiString verb = method;
    if (verb == null || verb.isEmpty() || !token(verb)) {
      return ":method";
    }
    AsciiString at = authority;
    if (at != null && (at.isEmpty() || at.indexOf("@", 0) >= 0)) {
      return ":authority";
    }
    AsciiString target = path;
    if (same(verb, CONNECT)) {
      if (at == null) {
        return "CONNECT without :authority";
      }
      if (protocol == null) {
        if (scheme != null || target != null) {
          return "CONNECT with :scheme or :path";
        }
        path = ROOT; // the gate knows no tunnels: 501
        return null;
      }
    } else if (protocol != null) {
      return ":protocol without CONNECT";
    }
    if (scheme == null || !(is(scheme, HTTP) || is(scheme, HTTPS))) {
      return ":scheme";
    }
    if (target == null || target.isEmpty()) {
      return ":path";
    }
    boolean asterisk = target.length() == 1 && target.byteAt(0) == '*' && same(verb, OPTIONS);
    if (target.byteAt(0) != '/' && !asterisk) {
      return ":path";
    }
    webSocket = protocol != null && is(protocol, WEBSOCKET);
    return null;
  }

  /** Whether a WebSocket is asked for; known by {@link #check}. */
  boolean webSocket() {
    return webSocket;
  }

  /** The method as HTTP/1.1 has it; {@link #check} must have found nothing. */
  AsciiString verb() {
    return webSocket ? GET : there(method);
  }

  /** The same of the target. */
  AsciiString target() {
    return there(path);
  }

  @Nullable AsciiString authority() {
    return authority;
  }

  /** Whether a Host field names what :authority names. */
  boolean names(AsciiString host) {
    return withoutPort(there(authority)).contentEqualsIgnoreCase(withoutPort(host));
  }

  /** Without a port that says nothing. */
  private AsciiString withoutPort(AsciiString value) {
    boolean tls = scheme != null && is(scheme, HTTPS);
    String port = tls ? ":443" : ":80";
    boolean said = value.endsWith(port);
    return said ? value.subSequence(0, value.length() - port.length(), false) : value;
  }

  private static AsciiString there(@Nullable AsciiString field) {
    if (field == null) {
      throw new IllegalStateException("not checked");
    }
    return field;
  }

  private static boolean token(AsciiString text) {
    for (int i = 0; i < text.length(); i++) {
      byte c = text.byteAt(i);
      if (!NAME[c & 0xff] && !(c >= 'A' && c <= 'Z')) {
        return false;
      }
    }
    return true;
  }

  static boolean same(AsciiString text, byte[] other) {
    int from = text.arrayOffset();
    return Arrays.equals(text.array(), from, from + text.length(), other, 0, other.length);
  }

  /** As {@link #same}, in whatever case; the other is in lower case. */
  static boolean is(AsciiString text, byte[] lower) {
    if (text.length() != lower.length) {
      return false;
    }
    for (int i = 0; i < lower.length; i++) {
      byte c = text.byteAt(i);
      if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != lower[i]) {
        return false;
      }
    }
    return true;
  }
}
