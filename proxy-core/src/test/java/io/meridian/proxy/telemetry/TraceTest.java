package io.meridian.proxy.telemetry;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.http.HeadBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {
  private static final String GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private static @Nullable Trace parse(String text, boolean exported) {
    byte[] bytes = ("xx" + text + "yy").getBytes(US_ASCII);
    return Trace.parse(bytes, 2, text.length(), 0x1122334455667788L, exported);
  }

  private static String written(Trace trace, int attempt) {
    HeadBytes head = HeadBytes.begin();
    trace.write(head, attempt);
    ByteBuf out = Unpooled.buffer();
    head.writeTo(out);
    assertEquals(Trace.FIELD_LENGTH, out.readableBytes());
    return out.toString(US_ASCII);
  }

  @Test
  void a_parent_is_continued_with_the_span_of_the_attempt() {
    Trace trace = parse(GOOD, true);
    assertNotNull(trace);
    assertTrue(trace.continued() && trace.recorded() && !trace.passes());
    assertEquals(0x00f067aa0ba902b7L, trace.parent());
    String first = written(trace, 1);
    assertTrue(
        first.matches("\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01"),
        first);
    assertFalse(first.contains("00f067aa0ba902b7"));
    assertFalse(first.equals(written(trace, 2)));
  }

  @Test
  void a_parent_that_does_not_sample_is_obeyed() {
    Trace trace = parse(GOOD.replaceFirst("01$", "00"), true);
    assertNotNull(trace);
    assertFalse(trace.recorded());
    assertTrue(written(trace, 1).endsWith("-00"));
  }

  @Test
  void without_a_collector_a_parent_passes_as_it_is() {
    Trace trace = parse(GOOD, false);
    assertNotNull(trace);
    assertTrue(trace.passes());
  }

  @Test
  void a_later_version_is_read_as_far_as_it_is_known() {
    assertNotNull(parse("cc-" + GOOD.substring(3) + "-what-the-future-brings", true));
    assertNotNull(parse("cc-" + GOOD.substring(3), true));
    assertNull(parse("cc-" + GOOD.substring(3) + ".later", true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b77-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x"
      })
  void what_is_no_traceparent_begins_a_trace(String text) {
    assertNull(parse(text, true));
  }

  @Test
  void the_spans_of_attempts_differ() {
    Trace trace = parse(GOOD, true);
    assertNotNull(trace);
    Set<Long> spans = new HashSet<>(Set.of(trace.span()));
    for (int i = 1; i <= 100; i++) {
      assertTrue(spans.add(trace.attemptSpan(i)));
    }
  }
}
