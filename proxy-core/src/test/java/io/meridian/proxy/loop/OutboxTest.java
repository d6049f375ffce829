package io.meridian.proxy.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Worker worker =
      new Worker(0, channel.eventLoop(), Ticker.systemTicker(), channel.alloc(), 1);
  private final Outbox outbox = new Outbox(worker, channel);

  @AfterEach
  void close() {
    outbox.close();
    channel.finishAndReleaseAll();
  }

  @Test
  void small_pieces_leave_as_one() {
    put("head ");
    put("body");
    assertNull(channel.readOutbound());
    outbox.flush();
    assertEquals("head body", read());
    assertNull(channel.readOutbound());
    assertEquals(9, outbox.passedOnBytes());
  }

  @Test
  void a_large_piece_is_passed_on_behind_what_was_gathered_before() {
    String large = "x".repeat(20_000);
    put("head ");
    put(large);
    put("tail");
    outbox.flush();
    assertEquals("head ", read());
    assertEquals(large, read());
    assertEquals("tail", read());
  }

  @Test
  void what_is_held_can_be_taken_back_whole() {
    outbox.hold();
    put("head ");
    put("x".repeat(20_000));
    assertEquals(20_005, outbox.gatheredBytes());
    assertEquals(0, outbox.passedOnBytes());
    outbox.discard();
    put("other");
    outbox.flush();
    assertEquals("other", read());
    assertNull(channel.readOutbound());
  }

  @Test
  void nothing_is_sent_twice_and_nothing_after_the_end() {
    put("one");
    outbox.flush();
    outbox.flush();
    assertEquals("one", read());
    put("two");
    outbox.close();
    outbox.flush();
    assertNull(channel.readOutbound());
  }

  @Test
  void whatever_the_pieces_the_bytes_leave_in_order_and_once() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      StringBuilder wanted = new StringBuilder();
      StringBuilder seen = new StringBuilder();
      if (random.nextInt(3) == 0) {
        outbox.hold();
      }
      for (int i = 0; i < 20; i++) {
        String piece =
            Character.toString('a' + i).repeat(random.nextInt(random.nextBoolean() ? 40 : 30_000));
        wanted.append(piece);
        put(piece);
        if (random.nextInt(6) == 0) {
          outbox.flush();
        }
      }
      outbox.flush();
      for (String next = read(); next != null; next = read()) {
        seen.append(next);
      }
      assertTrue(wanted.toString().contentEquals(seen), "round " + round);
    }
  }

  private void put(String text) {
    ByteBuf in = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    outbox.take(in, in.readableBytes());
    in.release();
  }

  private @Nullable String read() {
    ByteBuf out = channel.readOutbound();
    if (out == null) {
      return null;
    }
    String text = out.toString(StandardCharsets.US_ASCII);
    out.release();
    return text;
  }
}
