package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.meridian.geo.Addresses;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Paths and authorities by themselves, under whatever bytes a fuzzer finds. */
public class PartsFuzzTest {
  @FuzzTest
  public void paths_have_one_normal_form(byte[] input) {
    String made = normalForm(input, PathRules.STRICT);
    if (made != null) {
      Oracle.harmless(made);
    }
  }

  @FuzzTest
  public void paths_stay_harmless_where_separators_are_kept(byte[] input) {
    String made = normalForm(input, new PathRules(false, true, true));
    if (made != null) {
      for (String segment : Oracle.decoded(made).split("[/\\\\]", -1)) {
        assertFalse(segment.equals(".") || segment.equals(".."), made);
      }
    }
  }

  /** The path that is made of a slash and the input; null if it is refused. */
  private static @Nullable String normalForm(byte[] input, PathRules rules) {
    byte[] b = new byte[input.length + 3];
    b[0] = 'x';
    b[1] = '/';
    System.arraycopy(input, 0, b, 2, input.length);
    b[b.length - 1] = 'y';
    int end = Target.pathEnd(b, 1, b.length - 1, rules);
    if (end < 0) {
      return null;
    }
    String path = text(b, end);
    int normal = Target.normal(b, 1, end) ? end : Target.normalise(b, 1, end, rules);
    assertTrue(b[0] == 'x' && b[b.length - 1] == 'y' && normal <= end, path);
    if (normal < 0) {
      return null;
    }
    String made = text(b, normal);
    if (rules.mergeSlashes()) {
      assertEquals(Oracle.path(path), made);
    }
    assertEquals(normal, Target.pathEnd(b, 1, normal, rules), made);
    int again = Target.normal(b, 1, normal) ? normal : Target.normalise(b, 1, normal, rules);
    assertEquals(made, text(b, again));
    return made;
  }

  private static String text(byte[] b, int end) {
    return new String(b, 1, end - 1, StandardCharsets.ISO_8859_1);
  }

  @FuzzTest
  public void authorities_have_one_meaning(byte[] input) {
    byte[] b = input.clone();
    int end = Authority.hostEnd(b, 0, b.length);
    if (end < 0) {
      return;
    }
    String text = new String(b, StandardCharsets.ISO_8859_1);
    String before = new String(input, StandardCharsets.ISO_8859_1);
    assertEquals(before.toLowerCase(Locale.ROOT), text);
    assertEquals(end, Authority.hostEnd(b, 0, b.length));
    assertEquals(text, new String(b, StandardCharsets.ISO_8859_1));
    String host = text.substring(0, end);
    String port = text.substring(end);
    assertFalse(host.isEmpty());
    assertTrue(port.isEmpty() || port.matches(":\\d{0,5}"), text);
    assertTrue(port.length() < 2 || Integer.parseInt(port.substring(1)) <= 65_535, text);
    if (host.startsWith("[")) {
      assertNotNull(Addresses.parseV6(b, 0, end), text);
    } else {
      assertTrue(host.matches("[a-z0-9\\-_~]+(\\.[a-z0-9\\-_~]+)*\\.?"), text);
    }
  }
}
