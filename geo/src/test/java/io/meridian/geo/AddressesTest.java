package io.meridian.geo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {
  private final SplittableRandom random = new SplittableRandom(4291);

  @Test
  void every_ipv4_address_is_read_as_the_jdk_reads_it() {
    for (int i = 0; i < 100_000; i++) {
      byte[] address = new byte[4];
      random.nextBytes(address);
      String text = text(address);
      assertArrayEquals(address, Addresses.parse(text), text);
    }
  }

  @Test
  void every_ipv6_address_is_read_as_the_jdk_reads_it() {
    for (int i = 0; i < 100_000; i++) {
      byte[] address = new byte[16];
      random.nextBytes(address);
      for (int zero = random.nextInt(8), n = random.nextInt(8); n > 0 && zero < 8; n--, zero++) {
        address[zero * 2] = 0;
        address[zero * 2 + 1] = 0;
      }
      String text = text(address);
      assertArrayEquals(address, parseV6(text), text);
      assertArrayEquals(address, parseV6("[" + text + "]"), text);
      String compressed = text.replaceFirst("(^|:)0(:0)+(:|$)", "::");
      assertArrayEquals(address, parseV6(compressed), compressed);
    }
  }

  @Test
  void whatever_is_accepted_is_what_the_jdk_understands() {
    String alphabet = "0123456789abcdefF:::...%[]";
    int accepted = 0;
    for (int i = 0; i < 300_000; i++) {
      StringBuilder text = new StringBuilder(i % 2 == 0 ? "1:2:3::4:5:6:7" : "::ffff:12.34.56.178");
      for (int edits = random.nextInt(1, 5); edits > 0; edits--) {
        int at = random.nextInt(text.length());
        char letter = alphabet.charAt(random.nextInt(alphabet.length()));
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, letter);
          case 1 -> text.insert(at, letter);
          default -> text.deleteCharAt(at);
        }
      }
      byte[] mine = Addresses.parse(text.toString());
      if (mine != null) {
        accepted++;
        String bare = text.toString().replaceAll("[\\[\\]]", "");
        assertArrayEquals(InetAddress.ofLiteral(bare).getAddress(), mine, bare);
      }
    }
    assertTrue(accepted > 10_000, "accepted: " + accepted);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1.2",
        "1.2.3",
        "1.2.3.",
        ".1.2.3",
        "1.2.3.4.",
        "1.2.3.4.5",
        "1..2.3",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.04",
        "0x1.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.-4",
        "+1.2.3.4",
        "1234.1.1.1",
        "1.2.3.4:80",
        "[1.2.3.4]",
        ":",
        ":::",
        "1::2::3",
        ":1::2",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:",
        "12345::",
        "g::",
        "fe80::1%eth0",
        "[::1",
        "::1]",
        "[]",
        "::1.2.3",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "[::1]:80",
        "localhost",
        "::\u0661"
      })
  void what_is_no_literal_is_refused(String text) {
    assertNull(Addresses.parse(text), text);
  }

  @Test
  void a_part_of_a_text_is_read_without_looking_beyond_it() {
    byte[] text = "for=192.0.2.17, ::1".getBytes(ISO_8859_1);
    assertEquals(0xc0000211L, Addresses.parseV4(text, 4, 14));
    assertEquals(0xc0000201L, Addresses.parseV4(text, 4, 13));
    assertEquals(-1, Addresses.parseV4(text, 4, 15));
    assertNotNull(Addresses.parseV6(text, 16, 19));
    assertNull(Addresses.parseV6(text, 15, 19));
  }

  @Test
  void a_mapped_address_is_its_ipv4_address() {
    assertArrayEquals(new byte[] {1, 2, 3, 4}, Addresses.parse("::ffff:1.2.3.4"));
    assertArrayEquals(new byte[] {1, 2, 3, 4}, Addresses.parse("[::FFFF:102:304]"));
    assertEquals(16, parseV6("::ffff:1.2.3.4").length);
  }

  private static byte[] parseV6(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    byte[] address = Addresses.parseV6(bytes, 0, bytes.length);
    assertNotNull(address, text);
    return address;
  }

  private static String text(byte[] address) {
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
