package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonLineTest {
  private final JsonLine line = new JsonLine();
  private final ObjectMapper mapper = new ObjectMapper();

  @Test
  void valid_text_is_read_back_as_it_was() throws IOException {
    Random random = new Random(5);
    for (int i = 0; i < 5_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = random.nextInt(40); j > 0; j--) {
        int point = random.nextInt(1 << (1 + random.nextInt(21)));
        if (Character.isValidCodePoint(point) && (point < 0xd800 || point > 0xdfff)) {
          text.appendCodePoint(point);
        }
      }
      assertEquals(text.toString(), read(text.toString().getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void any_bytes_at_all_make_a_string_that_a_strict_parser_takes() throws IOException {
    Random random = new Random(6);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(30)];
      random.nextBytes(bytes);
      read(bytes);
    }
  }

  @Test
  void what_is_no_text_is_escaped_byte_by_byte() throws IOException {
    assertEquals("\"\\u00ff\\u00c0\\u0080\"", encode(0xff, 0xc0, 0x80));
    assertEquals("\"\\u00ed\\u00a0\\u0080\"", encode(0xed, 0xa0, 0x80)); // a surrogate
    assertEquals("\"\\u00e2\\u0082\"", encode(0xe2, 0x82)); // cut off
    assertEquals("\"\\u00f4\\u0090\\u0080\\u0080\"", encode(0xf4, 0x90, 0x80, 0x80));
    assertEquals("\"\\u0000\\u001f\\u007f\\\"\\\\/\"", encode(0, 0x1f, 0x7f, '"', '\\', '/'));
  }

  @Test
  void long_text_is_cut_but_never_within_the_escape() throws IOException {
    Text text = new Text();
    byte[] bytes = "é".repeat(100).getBytes(StandardCharsets.UTF_8);
    text.set(bytes);
    line.clear();
    line.string(text, 5);
    assertEquals("éé\u00c3", mapper.readValue(line.bytes(), 0, line.length(), String.class));
  }

  @Test
  void numbers_are_written_as_the_jdk_writes_them() {
    Random random = new Random(9);
    for (int i = 0; i < 10_000; i++) {
      long value = random.nextLong() >> random.nextInt(64);
      line.clear();
      line.number(value == Long.MIN_VALUE ? 0 : value);
      assertEquals(Long.toString(value == Long.MIN_VALUE ? 0 : value), text());
    }
  }

  @Test
  void durations_are_milliseconds_to_the_microsecond() {
    assertEquals("0.000", millis(0));
    assertEquals("0.000", millis(999));
    assertEquals("0.001", millis(1_000));
    assertEquals("12.034", millis(12_034_567));
    assertEquals("600000.000", millis(600_000_000_000L));
    assertEquals("0.000", millis(-5));
  }

  @Test
  void it_grows_with_what_is_written() throws IOException {
    line.clear();
    Text text = new Text();
    text.set(new byte[100_000]);
    line.string(text, 100_000);
    assertEquals(100_000, mapper.readValue(line.bytes(), 0, line.length(), String.class).length());
  }

  private String millis(long nanos) {
    line.clear();
    line.millis(nanos);
    return text();
  }

  private String encode(int... bytes) throws IOException {
    byte[] from = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      from[i] = (byte) bytes[i];
    }
    read(from);
    return text();
  }

  private String read(byte[] bytes) throws IOException {
    Text text = new Text();
    text.set(bytes);
    line.clear();
    line.string(text, 4096);
    return mapper.readValue(line.bytes(), 0, line.length(), String.class);
  }

  private String text() {
    return new String(line.bytes(), 0, line.length(), StandardCharsets.UTF_8);
  }
}
