package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientPrefixTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1, 32, 64, true",
    "192.0.2.1, 192.0.2.2, 32, 64, false",
    "192.0.2.1, 192.0.2.254, 24, 64, true",
    "192.0.2.1, 192.0.3.1, 24, 64, false",
    "10.1.1.1, 10.200.1.1, 8, 64, true",
    "255.0.0.1, 127.0.0.1, 8, 64, false",
    "2001:db8::1, 2001:db8::ffff:1, 32, 64, true",
    "2001:db8::1, 2001:db8:0:1::1, 32, 64, false",
    "2001:db8::1, 2001:db8:0:1::1, 32, 48, true",
    "2001:db8::1, 2001:db8::2, 32, 128, false",
    "2001:db8::1, 2001:db8::2, 32, 126, true",
    "2001:db8::4, 2001:db8::3, 32, 126, false",
    "0.0.0.1, ::1, 32, 128, false",
    "0.0.0.0, ::, 8, 16, false",
  })
  void addresses_of_one_prefix_are_one_client(
      String one, String other, int bitsV4, int bitsV6, boolean same) throws Exception {
    assertEquals(same, of(one, bitsV4, bitsV6).equals(of(other, bitsV4, bitsV6)));
  }

  private static ClientPrefix of(String address, int bitsV4, int bitsV6) throws Exception {
    return ClientPrefix.of(InetAddress.getByName(address).getAddress(), bitsV4, bitsV6);
  }
}
