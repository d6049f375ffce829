package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class CidrTest {
  @Test
  void a_prefix_holds_its_addresses_and_no_others() throws Exception {
    assertTrue(holds("10.0.0.0/8", "10.255.255.255"));
    assertFalse(holds("10.0.0.0/8", "11.0.0.0"));
    assertTrue(holds("10.64.0.0/10", "10.127.0.1"));
    assertFalse(holds("10.64.0.0/10", "10.128.0.1"));
    assertTrue(holds("0.0.0.0/0", "255.255.255.255"));
    assertFalse(holds("0.0.0.0/0", "::1"));
    assertTrue(holds("2001:db8::/33", "2001:db8:7fff::1"));
    assertFalse(holds("2001:db8::/33", "2001:db8:8000::1"));
    assertTrue(holds("192.0.2.1", "192.0.2.1"));
  }

  private static boolean holds(String prefix, String address) throws Exception {
    return Cidr.parse(prefix).contains(InetAddress.getByName(address).getAddress());
  }

  @Test
  void only_literals_in_full_are_prefixes() {
    for (String text :
        List.of(
            "",
            "/8",
            "10/8",
            "10.0/8",
            "10.0.0.0/",
            "10.0.0.0/08",
            "10.0.0.0/-1",
            "10.0.0.256",
            "010.0.0.0/8",
            "fade.cafe",
            "localhost",
            "::/129",
            "1::2::3",
            "fe80::1%1")) {
      assertThrows(IllegalArgumentException.class, () -> Cidr.parse(text), text);
    }
  }

  @Test
  void the_prefix_that_was_meant_is_found() {
    assertEquals("10.0.0.0/8", Cidr.networkOf("10.1.2.3/8"));
    assertEquals("2001:db8:0:0:0:0:0:0/32", Cidr.networkOf("2001:db8::1/32"));
    assertEquals("", Cidr.networkOf("10.1.2.3/33"));
  }
}
