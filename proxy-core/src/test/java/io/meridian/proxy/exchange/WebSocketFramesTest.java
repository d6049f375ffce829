package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketFramesTest {
  private static void frame(ByteBuf out, int opcode, boolean masked, long length) {
    out.writeByte(0x80 | opcode);
    int mask = masked ? 0x80 : 0;
    if (length < 126) {
      out.writeByte(mask | (int) length);
    } else if (length < 65_536) {
      out.writeByte(mask | 126).writeShort((int) length);
    } else {
      out.writeByte(mask | 127).writeLong(length);
    }
    if (masked) {
      out.writeInt(0x12345678);
    }
  }

  @Test
  void a_frame_may_follow_only_behind_a_whole_one_however_the_bytes_are_cut() {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 2_000; round++) {
      ByteBuf bytes = Unpooled.buffer();
      java.util.BitSet ends = new java.util.BitSet();
      ends.set(0);
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        int length =
            switch (random.nextInt(4)) {
              case 0 -> 0;
              case 1 -> random.nextInt(126);
              case 2 -> random.nextInt(124, 130);
              default -> random.nextInt(65_530, 65_540);
            };
        frame(bytes, random.nextInt(3), random.nextBoolean(), length);
        bytes.writeZero(length);
        ends.set(bytes.writerIndex());
      }
      WebSocketFrames frames = new WebSocketFrames();
      int at = 0;
      while (at < bytes.writerIndex()) {
        int step = random.nextInt(1, random.nextBoolean() ? 4 : 70_000);
        step = Math.min(step, bytes.writerIndex() - at);
        boolean stop = random.nextInt(4) == 0;
        int passed = frames.pass(bytes, at, step, stop);
        if (stop) {
          int boundary = ends.nextSetBit(at);
          assertEquals(Math.min(step, boundary - at), passed);
          passed += frames.pass(bytes, at + passed, step - passed, false);
        }
        assertEquals(step, passed);
        at += step;
        assertEquals(ends.get(at), frames.atBoundary(), "at " + at + " of " + ends);
      }
      assertFalse(frames.closed());
    }
  }

  @Test
  void a_close_frame_is_noticed_and_payload_that_looks_like_one_is_not() {
    WebSocketFrames frames = new WebSocketFrames();
    ByteBuf bytes = Unpooled.buffer();
    frame(bytes, 2, false, 2);
    bytes.writeByte(0x88).writeByte(0);
    frames.pass(bytes, 0, bytes.readableBytes(), false);
    assertFalse(frames.closed());
    int from = bytes.writerIndex();
    frame(bytes, 8, true, 0);
    frames.pass(bytes, from, bytes.writerIndex() - from, false);
    assertTrue(frames.closed());
    assertTrue(frames.atBoundary());
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, Long.MAX_VALUE})
  void a_length_that_cannot_be_never_ends(long length) {
    WebSocketFrames frames = new WebSocketFrames();
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeByte(0x82).writeByte(127).writeLong(length).writeZero(1000);
    assertEquals(10, frames.pass(bytes, 0, 10, false));
    assertEquals(1000, frames.pass(bytes, 10, 1000, true));
    assertFalse(frames.atBoundary());
  }
}
