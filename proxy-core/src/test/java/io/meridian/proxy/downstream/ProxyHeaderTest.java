package io.meridian.proxy.downstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.meridian.proxy.downstream.ProxyHeader.Malformed;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final String V4 = "cb007107c633640110e10050";

  private static byte[] line(String text) {
    return text.replace("\\r", "\r")
        .replace("\\n", "\n")
        .replace("\\0", "\0")
        .replace("\\t", "\t")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static InetSocketAddress known(@Nullable InetSocketAddress address) {
    return Objects.requireNonNull(address);
  }

  /** As the reader does: a byte more at a time, until the length is known and there. */
  private static ProxyHeader read(byte[] bytes) throws Malformed {
    for (int count = 1; count <= bytes.length; count++) {
      int length = ProxyHeader.length(bytes, count);
      if (length > 0 && length <= count) {
        return ProxyHeader.parse(Arrays.copyOf(bytes, length), length);
      }
    }
    throw new AssertionError("not complete: " + HexFormat.of().formatHex(bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "PROXY TCP4 203.0.113.7 198.51.100.1 4321 80, 203.0.113.7, 4321, 198.51.100.1, 80",
    "PROXY TCP4 255.255.255.255 0.0.0.0 65535 0, 255.255.255.255, 65535, 0.0.0.0, 0",
    "PROXY TCP6 2001:db8::7 2001:db8::1 4321 443, 2001:db8:0:0:0:0:0:7, 4321, 2001:db8:0:0:0:0:0:1,"
        + " 443",
    "PROXY TCP6 ::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 1 2, 0:0:0:0:0:0:0:1, 1,"
        + " ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2",
    "PROXY TCP6 ::ffff:203.0.113.7 ::1 1 2, 203.0.113.7, 1, 0:0:0:0:0:0:0:1, 2"
  })
  void version_1_names_client_and_target(
      String text, String client, int clientPort, String target, int targetPort) throws Malformed {
    ProxyHeader header = read(line(text + "\\r\\nGET / HTTP/1.1"));

    assertEquals(client, known(header.client()).getAddress().getHostAddress());
    assertEquals(clientPort, known(header.client()).getPort());
    assertEquals(target, known(header.target()).getAddress().getHostAddress());
    assertEquals(targetPort, known(header.target()).getPort());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY UNKNOWN\\r\\n",
        "PROXY UNKNOWN ffff::1 ffff::2 1 2\\r\\n",
        "PROXY UNKNOWN \\0 what ever\\r\\n"
      })
  void version_1_may_know_nothing(String text) throws Malformed {
    assertNull(read(line(text)).client());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\\r\\n",
        "proxy TCP4 203.0.113.7 198.51.100.1 4321 80\\r\\n",
        " PROXY TCP4 203.0.113.7 198.51.100.1 4321 80\\r\\n",
        "PROXY\\r\\n",
        "PROXY \\r\\n",
        "PROXY  TCP4 203.0.113.7 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP4  203.0.113.7 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 4321 80 \\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 4321 80 1\\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 4321\\r\\n",
        "PROXY TCP4\\t203.0.113.7 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP5 203.0.113.7 198.51.100.1 4321 80\\r\\n",
        "PROXY tcp4 203.0.113.7 198.51.100.1 4321 80\\r\\n",
        "PROXY UNKNOWNS\\r\\n",
        "PROXY unknown\\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 4321 80\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 4321 80\\r\\r\\n",
        "PROXY TCP4 203.0.113.7\\0 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP4 evil.test 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP4 203.0.113 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP4 203.0.113.256 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP4 203.0.113.07 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP4 0xcb007107 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP4 2001:db8::7 198.51.100.1 4321 80\\r\\n",
        "PROXY TCP6 203.0.113.7 2001:db8::1 4321 80\\r\\n",
        "PROXY TCP6 2001:db8::7%eth0 2001:db8::1 4321 80\\r\\n",
        "PROXY TCP6 [2001:db8::7] 2001:db8::1 4321 80\\r\\n",
        "PROXY TCP6 2001:db8:::7 2001:db8::1 4321 80\\r\\n",
        "PROXY TCP6 1:2:3:4:5:6:7:8:9 2001:db8::1 4321 80\\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 70000 80\\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 65536 80\\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 -1 80\\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 +1 80\\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 0080 80\\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 4321 \\r\\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 4321 8a\\r\\n",
      })
  void version_1_against_the_rules_is_refused(String text) {
    assertThrows(Malformed.class, () -> read(line(text)));
  }

  @Test
  void version_1_is_no_longer_than_107_bytes() throws Malformed {
    String longest =
        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            + " ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    assertEquals(107, longest.length());
    assertNull(read(line(longest)).client());
    assertThrows(Malformed.class, () -> read(line("PROXY UNKNOWN " + "x".repeat(92) + "\r\n")));
    assertThrows(Malformed.class, () -> read(line("PROXY UNKNOWN " + "x".repeat(5000))));
  }

  @Test
  void version_2_names_client_and_target() throws Malformed {
    ProxyHeader v4 = read(hex(SIGNATURE + "2111000c" + V4 + "474554"));
    assertEquals("/203.0.113.7:4321", known(v4.client()).toString());
    assertEquals("/198.51.100.1:80", known(v4.target()).toString());

    ProxyHeader v6 =
        read(
            hex(
                SIGNATURE
                    + "21210024"
                    + "20010db8000000000000000000000007"
                    + "20010db8000000000000000000000001"
                    + "10e101bb"));
    assertEquals("2001:db8:0:0:0:0:0:7", known(v6.client()).getAddress().getHostAddress());
    assertEquals(443, known(v6.target()).getPort());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "20000000", // LOCAL
        "2011000c" + V4, // LOCAL with addresses, which are to be ignored
        "20000003ffffff", // LOCAL with anything
        "21000000", // PROXY, unspecified
        "2100000304000000", // the same with a TLV
      })
  void version_2_may_speak_for_the_sender_itself(String rest) throws Malformed {
    assertNull(read(hex(SIGNATURE + rest)).client());
  }

  @Test
  void version_2_of_a_unix_socket_says_no_address() throws Malformed {
    assertNull(read(hex(SIGNATURE + "213100d8" + "00".repeat(216))).client());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1111000c" + V4, // version 1
        "3111000c" + V4, // version 3
        "0111000c" + V4,
        "2211000c" + V4, // command 2
        "2f11000c" + V4,
        "2141000c" + V4, // family 4
        "21f1000c" + V4,
        "2113000c" + V4, // transport 3
        "2112000c" + V4, // a datagram
        "2110000c" + V4, // an address without a transport
        "21110000", // shorter than its addresses
        "2111000b" + "cb007107c633640110e100",
        "21210023" + "0000000000000000000000000000000000000000000000000000000000000000000000",
        "2111000e" + V4 + "0100", // a TLV cut
        "21110011" + V4 + "01ffff6832", // a TLV longer than the header
        "21110013" + V4 + "03000400000001", // wrong sum
        "21110012" + V4 + "030003000000", // a sum of 3 bytes
        "21111000" + V4, // longer than is read
        "2111ffff" + V4,
      })
  void version_2_against_the_rules_is_refused(String rest) {
    assertThrows(Malformed.class, () -> read(hex(SIGNATURE + rest)));
  }

  @Test
  void a_wrong_signature_is_refused_at_its_first_wrong_byte() throws Malformed {
    byte[] bytes = hex(SIGNATURE + "2111000c" + V4);
    for (int i = 0; i < 12; i++) {
      byte[] wrong = bytes.clone();
      wrong[i] ^= 0x40;
      int count = i + 1;
      assertThrows(Malformed.class, () -> ProxyHeader.length(wrong, count), "byte " + i);
    }
  }

  @Test
  void a_right_checksum_passes_once() throws Malformed {
    byte[] one = hex(SIGNATURE + "21110017" + V4 + "0400010003000400000000");
    sum(one, one.length - 4);
    assertEquals(4321, known(read(one).client()).getPort());

    byte[] two = hex(SIGNATURE + "2111001a" + V4 + "0300040000000003000400000000");
    sum(two, 31);
    assertThrows(Malformed.class, () -> read(two));
  }

  private static void sum(byte[] header, int at) {
    CRC32C sum = new CRC32C();
    sum.update(header);
    for (int i = 0; i < 4; i++) {
      header[at + i] = (byte) (sum.getValue() >>> (24 - 8 * i));
    }
  }

  @Test
  void any_bytes_are_read_or_refused() {
    Random random = new Random(20261121);
    byte[] good = hex(SIGNATURE + "21110017" + V4 + "0400010003000400000000");
    byte[] text = line("PROXY TCP4 203.0.113.7 198.51.100.1 4321 80\\r\\n");
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = (random.nextBoolean() ? good : text).clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        for (int count = 1; count <= bytes.length; count++) {
          int length = ProxyHeader.length(bytes, count);
          if (length > 0 && length <= count) {
            ProxyHeader.parse(bytes, length);
            break;
          }
        }
      } catch (Malformed e) {
        // as it should be
      }
    }
  }
}
