package io.meridian.proxy.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Field sections from HTTP/1.1's text to HTTP/2's fields and back (RFC 9113, 8.2). What could mean
 * something else as text is malformed; the rest is judged by the parser of that text. Pure.
 */
final class Sections {
  /** Fields that HTTP/2 must not have (RFC 9113, 8.2.2), beside TE. */
  private static final AsciiString[] CONNECTION_SPECIFIC = {
    AsciiString.cached("connection"),
    AsciiString.cached("keep-alive"),
    AsciiString.cached("proxy-connection"),
    AsciiString.cached("transfer-encoding"),
    AsciiString.cached("upgrade"),
    AsciiString.cached("http2-settings"),
    AsciiString.cached("te"),
  };

  private Sections() {}

  static boolean connectionSpecific(CharSequence name) {
    for (AsciiString each : CONNECTION_SPECIFIC) {
      if (each.contentEquals(name)) {
        return true;
      }
    }
    return false;
  }

  /** Room for a section as text. */
  static int size(Http2Headers fields) {
    int size = 256;
    for (Map.Entry<CharSequence, CharSequence> field : fields) {
      size += field.getKey().length() + field.getValue().length() + 4;
    }
    return size;
  }

  /**
   * Writes one field line; false, with nothing written, if it is malformed: a name that is no
   * lower-case token, a value with a control character or blanks at its ends (8.2.1).
   */
  static boolean writeLine(ByteBuf out, CharSequence name, CharSequence value) {
    if (!lowerToken(name) || !text(value)) {
      return false;
    }
    write(out, name);
    out.writeByte(':').writeByte(' ');
    write(out, value);
    out.writeByte('\r').writeByte('\n');
    return true;
  }

  static void write(ByteBuf out, CharSequence text) {
    if (text instanceof AsciiString ascii) {
      ByteBufUtil.copy(ascii, out);
    } else {
      for (int i = 0; i < text.length(); i++) {
        out.writeByte(text.charAt(i));
      }
    }
  }

  private static boolean lowerToken(CharSequence name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean token =
          (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
      if (!token) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  private static boolean text(CharSequence value) {
    int length = value.length();
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
        return false;
      }
    }
    return length == 0 || (!blank(value.charAt(0)) && !blank(value.charAt(length - 1)));
  }

  private static boolean blank(char c) {
    return c == ' ' || c == '\t';
  }

  /** Takes the fields of a text, in lower case, up to its end or an empty line. */
  static void read(byte[] bytes, int from, int to, FieldSink sink) {
    int at = from;
    while (at < to && bytes[at] != '\r') {
      int colon = indexOf(bytes, ':', at, to);
      int end = indexOf(bytes, '\r', colon, to);
      int start = colon + 1;
      while (start < end && blank((char) bytes[start])) {
        start++;
      }
      sink.field(
          new AsciiString(bytes, at, colon - at, true).toLowerCase(),
          new AsciiString(bytes, start, end - start, true));
      at = end + 2;
    }
  }

  static int indexOf(byte[] bytes, char c, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == c) {
        return i;
      }
    }
    throw new IllegalArgumentException("no '" + c + "' (expected: a head of the proxy's own)");
  }

  /** Takes one field after the other. */
  interface FieldSink {
    void field(AsciiString name, AsciiString value);
  }

  /** The only value of a pseudo-header field; null if it is there more than once, or not at all. */
  static @Nullable CharSequence single(Http2Headers fields, AsciiString name) {
    var all = fields.getAll(name);
    return all.size() == 1 ? all.getFirst() : null;
  }
}
