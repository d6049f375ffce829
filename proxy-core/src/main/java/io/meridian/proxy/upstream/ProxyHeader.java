package io.meridian.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Writes the header of the PROXY protocol.
 *
 * @see "W. Tarreau, The PROXY protocol, versions 1 and 2"
 */
final class ProxyHeader {
  /** More than any header that is written. */
  static final int MAX = 128;

  private static final byte[] SIGNATURE = {
    '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'
  };
  private static final int LOCAL = 0x20;
  private static final int PROXY = 0x21;
  private static final int TCP4 = 0x11;
  private static final int TCP6 = 0x21;

  private ProxyHeader() {}

  /** For people: one line. {@code ends} null: a connection of the proxy's own. */
  static void writeV1(ByteBuf out, @Nullable ClientEnds ends) {
    if (ends == null) {
      ByteBufUtil.writeAscii(out, "PROXY UNKNOWN\r\n");
      return;
    }
    boolean v4 = v4(ends);
    ByteBufUtil.writeAscii(
        out,
        (v4 ? "PROXY TCP4 " : "PROXY TCP6 ")
            + text(ends.source(), v4)
            + ' '
            + text(ends.destination(), v4)
            + ' '
            + ends.sourcePort()
            + ' '
            + ends.destinationPort()
            + "\r\n");
  }

  /** For machines: binary. {@code ends} null: a connection of the proxy's own. */
  static void writeV2(ByteBuf out, @Nullable ClientEnds ends) {
    out.writeBytes(SIGNATURE);
    if (ends == null) {
      out.writeByte(LOCAL).writeByte(0).writeShort(0);
      return;
    }
    boolean v4 = v4(ends);
    out.writeByte(PROXY).writeByte(v4 ? TCP4 : TCP6).writeShort(v4 ? 12 : 36);
    out.writeBytes(v4 ? ends.source() : wide(ends.source()));
    out.writeBytes(v4 ? ends.destination() : wide(ends.destination()));
    out.writeShort(ends.sourcePort()).writeShort(ends.destinationPort());
  }

  private static boolean v4(ClientEnds ends) {
    return ends.source().length == 4 && ends.destination().length == 4;
  }

  /** As an IPv6 address; of an IPv4 address its mapped form (RFC 4291, 2.5.5.2). */
  private static byte[] wide(byte[] address) {
    if (address.length == 16) {
      return address;
    }
    byte[] mapped = new byte[16];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    System.arraycopy(address, 0, mapped, 12, 4);
    return mapped;
  }

  private static String text(byte[] address, boolean v4) {
    try {
      InetAddress literal = InetAddress.getByAddress(address);
      return v4
          ? literal.getHostAddress()
          : address.length == 4
              ? "::ffff:" + literal.getHostAddress()
              : NetUtil.toAddressString(
                  java.net.Inet6Address.getByAddress(null, address, -1), false);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // four or sixteen bytes are always an address
    }
  }
}
