package io.meridian.proxy.exchange;

import io.meridian.geo.Location;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.HeadBytes;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.telemetry.Trace;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the head of a request as an endpoint gets it: the client's fields that go end to end, and
 * the proxy's own.
 *
 * @see "RFC 9110, 7.6; RFC 9112, 3"
 */
final class RequestWriter {
  private static final byte[] HTTP11_HOST = ascii(" HTTP/1.1\r\nHost: ");
  private static final byte[] CRLF = ascii("\r\n");
  private static final byte[] XFF = ascii("X-Forwarded-For: ");
  private static final byte[] XFF_NEXT = ascii(", ");
  private static final byte[] PROTO = ascii("\r\nX-Forwarded-Proto: ");
  private static final byte[] FORWARDED_HOST = ascii("\r\nX-Forwarded-Host: ");
  private static final byte[] PORT = ascii("\r\nX-Forwarded-Port: ");
  private static final byte[] REQUEST_ID = ascii("\r\nX-Request-Id: ");
  private static final byte[] VIA = ascii("\r\nVia: ");
  private static final byte[] COUNTRY = ascii("\r\nX-Geo-Country: ");
  private static final byte[] CONTINENT = ascii("\r\nX-Geo-Continent: ");
  private static final byte[] SUBDIVISION = ascii("\r\nX-Geo-Subdivision: ");
  private static final byte[] REGION = ascii("\r\nX-Meridian-Region: ");
  private static final byte[] ATTEMPT = ascii("\r\nX-Meridian-Attempt: ");
  private static final byte[] REPLAYED = ascii("\r\nX-Meridian-Replayed: ");
  private static final byte[] LENGTH = ascii("\r\nContent-Length: ");
  private static final byte[] CHUNKED = ascii("\r\nTransfer-Encoding: chunked");
  private static final byte[] WEBSOCKET = ascii("\r\nConnection: upgrade\r\nUpgrade: websocket");
  private static final byte[] END = ascii("\r\n\r\n");

  /**
   * Bytes that this adds at most to what came from the client, but for lists that are continued.
   */
  private static final int OWN_FIELDS = 720 + Trace.FIELD_LENGTH;

  /** Fields that are always written anew. */
  private static final long OWN =
      FieldId.bit(FieldId.HOST)
          | FieldId.bit(FieldId.X_FORWARDED_FOR)
          | FieldId.bit(FieldId.X_FORWARDED_PROTO)
          | FieldId.bit(FieldId.X_FORWARDED_HOST)
          | FieldId.bit(FieldId.X_FORWARDED_PORT)
          | FieldId.bit(FieldId.X_REQUEST_ID)
          | FieldId.bit(FieldId.VIA)
          | FieldId.bit(FieldId.X_GEO)
          | FieldId.bit(FieldId.X_MERIDIAN);

  /** Fields that only trusted peers may set. */
  private static final long CLAIMS =
      FieldId.bit(FieldId.FORWARDED)
          | FieldId.bit(FieldId.X_REAL_IP)
          | FieldId.bit(FieldId.X_FORWARDED);

  private RequestWriter() {}

  /** The client's fields that do not go on as they are. */
  private static long replaced(Peer peer, @Nullable Trace trace) {
    long fields = peer.trusted() ? OWN : OWN | CLAIMS;
    if (peer.forwarded() != null) {
      fields |= FieldId.bit(FieldId.FORWARDED);
    }
    if (trace == null || trace.passes()) {
      return fields;
    }
    fields |= FieldId.bit(FieldId.TRACEPARENT);
    return trace.continued() ? fields : fields | FieldId.bit(FieldId.TRACESTATE);
  }

  /** How much room {@link #write} needs. */
  static int size(RequestHead head, Peer peer, String region, byte @Nullable [] replayed) {
    Secured secured = peer.secured();
    int fields = secured == null ? 0 : secured.requestFields().length;
    if (peer.forwarded() != null) {
      fields += Forwarded.size(head, peer.forwarded());
    }
    int source = replayed == null ? 0 : REPLAYED.length + replayed.length;
    return head.length() * 2 + OWN_FIELDS + region.length() + fields + source;
  }

  static void write(
      ByteBuf to,
      RequestHead head,
      Peer peer,
      byte[] via,
      Location location,
      byte[] requestId,
      int requestIdLength,
      @Nullable Trace trace,
      String region,
      byte @Nullable [] replayed,
      int attempt) {
    HeadBytes out = HeadBytes.begin();
    byte[] bytes = head.bytes();
    out.writeBytes(bytes, head.methodStart(), head.methodLength());
    out.writeByte(' ');
    out.writeBytes(bytes, head.targetStart(), head.targetLength());
    out.writeBytes(HTTP11_HOST);
    out.writeBytes(bytes, head.authorityStart(), head.authorityLength());
    out.writeBytes(CRLF);
    boolean trusted = peer.trusted();
    head.copyFields(out, replaced(peer, trace));
    out.writeBytes(XFF);
    if (trusted) {
      list(out, head, FieldId.X_FORWARDED_FOR);
    }
    out.writeBytes(peer.addressText());
    out.writeBytes(PROTO);
    if (!trusted || !value(out, head, FieldId.X_FORWARDED_PROTO)) {
      out.writeBytes(peer.scheme());
    }
    out.writeBytes(FORWARDED_HOST);
    if (!trusted || !value(out, head, FieldId.X_FORWARDED_HOST)) {
      out.writeBytes(bytes, head.authorityStart(), head.authorityLength());
    }
    out.writeBytes(PORT);
    if (!trusted || !value(out, head, FieldId.X_FORWARDED_PORT)) {
      out.writeBytes(peer.localPort());
    }
    byte[] forwarded = peer.forwarded();
    if (forwarded != null && Forwarded.fits(head, peer)) {
      Forwarded.write(out, head, peer, forwarded);
    }
    if (trace != null && !trace.passes()) {
      trace.write(out, attempt);
    }
    out.writeBytes(REQUEST_ID);
    out.writeBytes(requestId, 0, requestIdLength);
    out.writeBytes(VIA);
    list(out, head, FieldId.VIA);
    out.writeBytes(via);
    place(out, COUNTRY, location.country());
    place(out, CONTINENT, location.continent());
    place(out, SUBDIVISION, location.subdivision());
    place(out, REGION, region);
    if (replayed != null) {
      out.writeBytes(REPLAYED);
      out.writeBytes(replayed);
    }
    if (attempt > 1) {
      out.writeBytes(ATTEMPT);
      out.writeByte('0' + Math.min(attempt, 9));
    }
    Secured secured = peer.secured();
    if (secured != null) {
      out.writeBytes(secured.requestFields());
    }
    if (head.chunked()) {
      out.writeBytes(CHUNKED);
    } else if (head.contentLength() >= 0) {
      out.writeBytes(LENGTH);
      out.writeDecimal(head.contentLength());
    }
    if (head.upgrade()) {
      out.writeBytes(WEBSOCKET);
    }
    out.writeBytes(END);
    out.writeTo(to);
  }

  /** The request as the client sent it, in one form, so that it can be read once more. */
  static void again(ByteBuf out, RequestHead head) {
    byte[] bytes = head.bytes();
    out.writeBytes(bytes, head.methodStart(), head.methodLength());
    out.writeByte(' ');
    out.writeBytes(bytes, head.targetStart(), head.targetLength());
    out.writeBytes(HTTP11_HOST);
    out.writeBytes(bytes, head.authorityStart(), head.authorityLength());
    out.writeBytes(CRLF);
    head.copyFields(out, FieldId.bit(FieldId.HOST));
    out.writeBytes(CRLF);
  }

  /** All values of a field that is a list, each with a comma behind it. */
  static void list(HeadBytes out, RequestHead head, int id) {
    if (!head.has(id)) {
      return;
    }
    for (int i = 0; i < head.fieldCount(); i++) {
      if (head.fieldId(i) == id && head.valueLength(i) > 0) {
        out.writeBytes(head.bytes(), head.valueStart(i), head.valueLength(i));
        out.writeBytes(XFF_NEXT);
      }
    }
  }

  private static boolean value(HeadBytes out, RequestHead head, int id) {
    int i = head.indexOf(id);
    if (i < 0 || head.valueLength(i) == 0) {
      return false;
    }
    out.writeBytes(head.bytes(), head.valueStart(i), head.valueLength(i));
    return true;
  }

  private static void place(HeadBytes out, byte[] name, String value) {
    if (!value.isEmpty()) {
      out.writeBytes(name);
      out.writeAscii(value);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
