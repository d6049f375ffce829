package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What goes on to the next hop. */
class CopyFieldsTest {
  private static final String LINE = "GET / HTTP/1.1\r\n";

  private static String copied(String fields, long dropMask) {
    RequestHead r = Wire.request(LINE + fields + "\r\n");
    assertEquals(Fault.NONE, r.fault());
    return Wire.copied(r, dropMask);
  }

  @Test
  void end_to_end_fields_go_on_in_order_and_with_their_spelling() {
    String fields = "Host: a\r\naCCept: */*\r\nCookie: a=1\r\nX-L: 1\r\nX-L: 2\r\nTrailer: X\r\n";
    assertEquals(fields, copied(fields, 0));
  }

  @Test
  void white_space_around_values_is_brought_to_one_form() {
    assertEquals(
        "Host: a\r\nA: b\r\nC: d \t e\r\nF: g\r\nH:\r\nI: \r\n",
        copied("Host:a\r\nA:  b\r\nC: d \t e \r\nF: g\r\nH:\r\nI: \t\r\n", 0));
  }

  @Test
  void fields_in_the_mask_stay_behind() {
    assertEquals(
        "A: b\r\nC: d\r\n",
        copied(
            Wire.crlf("Host: a\nA: b\nX-Forwarded-For: 1\nX-Geo-City: x\nC: d\nx-geo-country: y\n"),
            FieldId.bit(FieldId.HOST)
                | FieldId.bit(FieldId.X_FORWARDED_FOR)
                | FieldId.bit(FieldId.X_GEO)));
  }

  @Test
  void fields_of_this_connection_and_framing_stay_behind() {
    String fields =
        """
        Host: a
        Connection: keep-alive, X-One, Te
        Connection: ,x-two,
        Keep-Alive: 5
        Proxy-Connection: x
        Proxy-Authorization: x
        TE: trailers
        Upgrade: h2c
        HTTP2-Settings: x
        Content-Length: 3
        Proxy-Status: x
        X-One: 1
        X-Keep: 1
        X-TWO: 2
        x-one: 3
        """;
    assertEquals("Host: a\r\nProxy-Status: x\r\nX-Keep: 1\r\n", copied(Wire.crlf(fields), 0));
  }

  @Test
  void connection_cannot_remove_what_the_proxy_answers_for() {
    String fields =
        Wire.crlf(
            """
            Host: a
            X-Forwarded-For: 1
            X-Forwarded-Prefix: /
            Authorization: x
            Cookie: y
            Via: z
            Forwarded: for=1
            X-Request-Id: 1
            X-Meridian-Region: r
            Idempotency-Key: k
            """);
    String names =
        "host, x-forwarded-for, x-forwarded-prefix, authorization, cookie, via, forwarded,"
            + " x-request-id, x-meridian-region, idempotency-key, content-length";
    RequestHead r =
        Wire.request(LINE + "Connection: " + names + "\r\n" + fields + "Content-Length: 3\r\n\r\n");
    assertEquals(fields, Wire.copied(r, 0));
    assertEquals(3, r.contentLength());
  }

  @Test
  void known_fields_are_found_whatever_their_case() {
    RequestHead r =
        Wire.request(LINE + "hOsT: a\r\nUSER-AGENT: u\r\nx-GEO-City: c\r\nX-Geo-: \r\n\r\n");
    assertEquals(FieldId.USER_AGENT, r.fieldId(1));
    assertEquals(1, r.indexOf(FieldId.USER_AGENT));
    assertEquals(FieldId.X_GEO, r.fieldId(2));
    assertEquals(FieldId.OTHER, r.fieldId(3));
    assertEquals(-1, r.indexOf(FieldId.COOKIE));
    assertTrue(r.has(FieldId.HOST));
    assertFalse(r.repeated(FieldId.HOST));
  }

  @Test
  void every_known_name_has_its_id_and_its_underscored_form_is_an_alias() {
    for (int id = 1; id <= FieldId.MAX_FORWARDS; id++) {
      String name = FieldId.name(id).toString();
      name = name.endsWith("-") ? name + "a-b" : name;
      for (String spelled : new String[] {name, name.toLowerCase(java.util.Locale.ROOT)}) {
        byte[] b = Wire.bytes("x" + spelled + "x");
        assertEquals(id, FieldId.of(b, 1, spelled.length()), spelled);
        byte[] alias = Wire.bytes(spelled.replaceFirst("-", "_"));
        assertEquals(spelled.contains("-") ? -id : id, FieldId.of(alias, 0, alias.length), spelled);
      }
      byte[] near = Wire.bytes(name + "s");
      int family = name.startsWith("X-Forwarded-") ? FieldId.X_FORWARDED : FieldId.OTHER;
      assertEquals(name.endsWith("a-b") ? id : family, FieldId.of(near, 0, near.length), name);
    }
  }
}
