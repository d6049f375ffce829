package io.meridian.proxy.cache;

import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Stored fields as the head that an endpoint would have sent, so that every protocol of clients,
 * and compression, takes them like any other answer's. Pure.
 */
final class Rendering {
  private static final String CONTENT = "content-";

  private Rendering() {}

  /**
   * Fills a head.
   *
   * @param fields blocks of lines
   * @param length of the content; negative: nothing is said of it
   */
  static void parse(ResponseHead head, int status, List<byte[]> fields, long length) {
    int size = 128;
    for (byte[] block : fields) {
      size += block.length;
    }
    ByteBuf text = Unpooled.buffer(size);
    ascii(text, "HTTP/1.1 " + status + " " + HttpResponseStatus.valueOf(status).reasonPhrase());
    ascii(text, "\r\n");
    for (byte[] block : fields) {
      text.writeBytes(block);
    }
    if (length >= 0) {
      ascii(text, "Content-Length: " + length + "\r\n");
    }
    ascii(text, "\r\n");
    head.clear();
    if (head.feed(text) != Parse.DONE) {
      throw new IllegalStateException("a stored head can't be read again: " + head.fault());
    }
  }

  /**
   * Leaves out of a head what a 304 does not say: all of the content but where it is (RFC 9110,
   * 15.4.5).
   */
  static void withoutContent(ResponseHead head) {
    for (int i = 0; i < head.fieldCount(); i++) {
      String name = head.name(i).toLowerCase(Locale.ROOT);
      boolean content = name.startsWith(CONTENT) && !keeps(name);
      if (content || head.fieldId(i) == FieldId.TRAILER) {
        head.omit(i);
      }
    }
  }

  private static boolean keeps(String name) {
    return name.equals("content-location") || name.equals("content-security-policy");
  }

  private static void ascii(ByteBuf out, String text) {
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }
}
