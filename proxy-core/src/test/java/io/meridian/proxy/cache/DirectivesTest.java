package io.meridian.proxy.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectivesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\u0001',
      value = {
        "max-age=60;60",
        "MAX-AGE=60;60",
        "max-age=\"60\";60",
        "public, max-age=60;60",
        ",, max-age=60,;60",
        "max-age=60, max-age=1;60",
        "a=\"max-age=1\", max-age=60;60",
        "a=\"x, \\\", max-age=1\", max-age=60;60",
        "max-age=99999999999999999999;2147483647",
        "max-age;0",
        "max-age=;0",
        "max-age=-1;0",
        "max-age=1.5;0",
        "max-age=a1;0",
        "max-age =60;-1",
        "max-ages=60;-1",
        "no-cache;-1"
      })
  void times_are_read_or_count_as_nothing(String text, long seconds) {
    assertEquals(seconds, Directives.of(text).seconds("max-age"));
  }

  @Test
  void a_directive_may_be_for_some_fields_only() {
    Directives some = Directives.of("no-cache=\"Set-Cookie, X-One\", private=x-two");
    assertTrue(some.has("no-cache"));
    assertFalse(some.whole("no-cache"));
    assertEquals(List.of("set-cookie", "x-one"), some.fields("no-cache"));
    assertEquals(List.of("x-two"), some.fields("private"));
    assertTrue(Directives.of("no-cache, no-cache=\"a\"").whole("no-cache"));
  }

  @Test
  void no_field_says_nothing() {
    assertFalse(Directives.of(null).has("no-store"));
    assertEquals(Directives.ABSENT, Directives.of("").seconds("max-age"));
    assertEquals(Directives.ANY, Directives.of("max-stale").maxStale());
    assertEquals(5, Directives.of("max-stale=5").maxStale());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Sun, 06 Nov 1994 08:49:37 GMT;784111777",
        "Sunday, 06-Nov-94 08:49:37 GMT;784111777",
        "Sun Nov  6 08:49:37 1994;784111777",
        "Thu, 01 Jan 1970 00:00:00 GMT;0",
        "Thu, 01 Jan 1970 00:00:00 gmt;0",
        "Sun, 6 Nov 1994 08:49:37 GMT;-9223372036854775808",
        "Sun, 06 Nov 1994 8:49:37 GMT;-9223372036854775808",
        "Sun, 31 Feb 1994 08:49:37 GMT;-9223372036854775808",
        "Sun, 06 Nov 1994 08:49:37 UTC;-9223372036854775808",
        "0;-9223372036854775808"
      })
  void dates_are_read_in_their_three_forms(String text, long seconds) {
    assertEquals(seconds, HttpDate.parse(text));
  }

  @Test
  void a_date_is_written_as_it_is_read() {
    assertEquals("Sun, 06 Nov 1994 08:49:37 GMT", HttpDate.format(784111777));
  }
}
