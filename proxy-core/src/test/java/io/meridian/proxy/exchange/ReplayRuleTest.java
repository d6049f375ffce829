package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.proxy.telemetry.RetryDenied;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayRuleTest {
  /** Every combination there is, each with its verdict; a dash: it may move. */
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # begun, sent,  refused, repeatable, held, verdict
          false,   false, false,   false,      true, -
          false,   false, false,   true,       true, -
          false,   false, true,    false,      true, -
          false,   false, true,    true,       true, -
          false,   true,  false,   false,      true, BYTES_SENT
          false,   true,  false,   true,       true, -
          false,   true,  true,    false,      true, -
          false,   true,  true,    true,       true, -
          false,   false, false,   false,      false, BODY_OVER_LIMIT
          false,   false, false,   true,       false, BODY_OVER_LIMIT
          false,   false, true,    false,      false, BODY_OVER_LIMIT
          false,   false, true,    true,       false, BODY_OVER_LIMIT
          false,   true,  false,   false,      false, BODY_OVER_LIMIT
          false,   true,  false,   true,       false, BODY_OVER_LIMIT
          false,   true,  true,    false,      false, BODY_OVER_LIMIT
          false,   true,  true,    true,       false, BODY_OVER_LIMIT
          """)
  void what_has_not_begun_moves_if_it_is_held_and_may_be_repeated(
      boolean begun,
      boolean sent,
      boolean refused,
      boolean repeatable,
      boolean held,
      String verdict) {
    RetryDenied denied = ReplayRule.denied(begun, sent, refused, repeatable, held);
    assertEquals(verdict, denied == null ? "-" : denied.name());
  }

  @Test
  void what_has_begun_never_moves() {
    for (int bits = 0; bits < 16; bits++) {
      assertEquals(
          RetryDenied.RESPONSE_BEGUN,
          ReplayRule.denied(
              true, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0));
    }
  }
}
