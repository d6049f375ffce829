package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeldBodyTest {
  private final ReplayMemory memory = new ReplayMemory(100);
  private final HeldBody held = new HeldBody(UnpooledByteBufAllocator.DEFAULT, memory);

  private static ByteBuf bytes(int length) {
    return Unpooled.wrappedBuffer(new byte[length]);
  }

  @Test
  void what_is_held_is_counted_until_it_is_let_go() {
    ByteBuf in = bytes(60);
    assertTrue(held.tryAdd(in, 40));
    assertEquals(60, in.readableBytes());
    assertEquals(40, memory.used());
    assertEquals(40, held.size());
    held.giveUp();
    assertEquals(0, memory.used());
    assertFalse(held.complete());
    assertNull(held.bytes());
    held.clear();
    assertTrue(held.complete());
  }

  @Test
  void nothing_fits_over_the_limit_or_once_it_is_given_up() {
    assertTrue(held.fits(10, 10));
    assertFalse(held.fits(11, 10));
    assertTrue(held.tryAdd(bytes(4), 4));
    assertTrue(held.fits(6, 10));
    assertFalse(held.fits(7, 10));
    assertFalse(held.fits(Integer.MAX_VALUE, 10));
    held.giveUp();
    assertFalse(held.fits(1, 10));
  }

  @Test
  void memory_that_is_short_refuses_and_reserves_nothing() {
    assertTrue(memory.reserve(90));
    assertFalse(held.tryAdd(bytes(11), 11));
    assertEquals(90, memory.used());
    assertEquals(0, held.size());
    held.add(bytes(11), 11); // where there is no other place
    assertEquals(11, held.size());
    assertEquals(90, memory.used());
    held.clear();
    assertEquals(90, memory.used());
  }

  @Test
  void whatever_happens_all_memory_comes_back() {
    Random random = new Random(3);
    for (int i = 0; i < 10_000; i++) {
      int length = random.nextInt(40);
      switch (random.nextInt(5)) {
        case 0 -> held.clear();
        case 1 -> held.giveUp();
        case 2 -> held.add(bytes(length), length);
        default -> {
          if (held.complete()) {
            held.tryAdd(bytes(length), length);
          }
        }
      }
      assertTrue(memory.used() >= 0 && memory.used() <= 100, "used: " + memory.used());
    }
    held.clear();
    assertEquals(0, memory.used());
  }

  @Test
  void a_large_piece_stays_where_it_was_received_and_counts_as_all_of_its_buffer() {
    ReplayMemory room = new ReplayMemory(100_000);
    HeldBody body = new HeldBody(UnpooledByteBufAllocator.DEFAULT, room);
    ByteBuf in = UnpooledByteBufAllocator.DEFAULT.buffer(24_000).writeZero(20_000);
    in.skipBytes(100);
    assertTrue(body.tryAdd(in, 19_900));
    assertEquals(100, in.readerIndex());
    assertEquals(2, in.refCnt());
    assertEquals(24_000, room.used());
    body.clear();
    assertEquals(1, in.refCnt());
    assertEquals(0, room.used());
    in.release();
  }

  @Test
  void pieces_of_any_size_come_back_in_order_and_as_they_were() {
    Random random = new Random(7);
    byte[] noise = new byte[100_000];
    random.nextBytes(noise);
    for (int i = 0; i < 100; i++) {
      ReplayMemory room = new ReplayMemory(10_000_000);
      HeldBody body = new HeldBody(UnpooledByteBufAllocator.DEFAULT, room);
      List<ByteBuf> received = new ArrayList<>();
      int sent = 0;
      while (sent < noise.length) {
        int most = random.nextBoolean() ? 40_000 : 2_000;
        int length = Math.min(noise.length - sent, 1 + random.nextInt(most));
        int ahead = random.nextInt(50);
        ByteBuf in =
            UnpooledByteBufAllocator.DEFAULT
                .buffer(ahead + length + random.nextInt(3) * length)
                .writeZero(ahead)
                .writeBytes(noise, sent, length);
        in.skipBytes(ahead);
        received.add(in);
        if (random.nextInt(4) == 0) {
          body.add(in, length);
        } else {
          assertTrue(body.tryAdd(in, length));
        }
        sent += length;
        in.skipBytes(length);
        in.release();
        assertEquals(sent, body.size());
      }
      ByteBuf held = body.bytes();
      assertNotNull(held);
      byte[] all = new byte[noise.length];
      held.getBytes(held.readerIndex(), all);
      assertArrayEquals(noise, all);
      body.clear();
      assertEquals(0, room.used());
      received.forEach(in -> assertEquals(0, in.refCnt()));
    }
  }
}
