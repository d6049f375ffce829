package io.meridian.proxy.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultEventLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoopBuffersTest {
  private static final int MARK_AT = LoopBuffers.SMALL - 1;

  private final DefaultEventLoop loop = new DefaultEventLoop();
  private final UnpooledByteBufAllocator others = new UnpooledByteBufAllocator(true);
  private final LoopBuffers buffers = new LoopBuffers(loop, others, others);

  @AfterEach
  void stop() {
    loop.shutdownGracefully();
  }

  private void onLoop(Runnable work) throws Exception {
    loop.submit(work).get();
  }

  @Test
  void the_one_given_back_last_is_lent_next_empty() throws Exception {
    onLoop(() -> {
      ByteBuf first = buffers.directBuffer(100);
      ByteBuf second = buffers.directBuffer(100);
      second.setByte(MARK_AT, 7);
      first.release();
      second.writeLong(7).readByte();
      assertTrue(second.release());
      assertEquals(2, buffers.kept());
      ByteBuf again = buffers.directBuffer(LoopBuffers.SMALL);
      assertEquals(7, again.getByte(MARK_AT));
      assertEquals(1, again.refCnt());
      assertEquals(0, again.readerIndex());
      assertEquals(0, again.writerIndex());
      again.release();
    });
  }

  @Test
  void a_buffer_that_is_still_held_is_not_lent_twice() throws Exception {
    onLoop(() -> {
      ByteBuf buffer = buffers.directBuffer(10).writeInt(42);
      buffer.setByte(MARK_AT, 7);
      ByteBuf slice = buffer.readRetainedSlice(4);
      buffer.release();
      ByteBuf other = buffers.directBuffer(10).writeInt(1);
      assertNotEquals(7, other.getByte(MARK_AT));
      assertEquals(42, slice.readInt());
      slice.release();
      other.release();
      assertEquals(2, buffers.kept());
    });
  }

  @Test
  void one_that_grew_or_that_another_thread_releases_is_freed() throws Exception {
    List<ByteBuf> out = new ArrayList<>();
    onLoop(() -> {
      buffers.directBuffer(10).writeZero(LoopBuffers.SMALL + 1).release();
      assertEquals(0, buffers.kept());
      out.add(buffers.directBuffer(10));
    });
    assertTrue(out.getFirst().release());
    onLoop(() -> assertEquals(0, buffers.kept()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2_048, 2_049, 8_192, 20_000, 32_768, 40_000, 65_536})
  void each_size_has_room_for_what_is_asked_and_comes_back(int bytes) throws Exception {
    onLoop(() -> {
      for (int i = 0; i < 3; i++) {
        ByteBuf buffer = buffers.directBuffer(bytes);
        assertTrue(buffer.writableBytes() >= bytes);
        buffer.release();
        assertEquals(1, buffers.kept());
      }
    });
  }

  @Test
  void larger_ones_and_those_of_other_threads_come_from_elsewhere() throws Exception {
    ByteBuf foreign = buffers.directBuffer(10);
    assertEquals(foreign.capacity(), others.metric().usedDirectMemory());
    foreign.release();
    onLoop(() -> {
      ByteBuf large = buffers.directBuffer(65_537);
      assertEquals(large.capacity(), others.metric().usedDirectMemory());
      large.release();
      assertEquals(0, buffers.kept());
    });
  }

  @Test
  void there_are_only_so_many_and_more_come_from_elsewhere() throws Exception {
    onLoop(() -> {
      List<ByteBuf> burst = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        burst.add(buffers.directBuffer(65_536));
      }
      assertEquals(8 * 65_536, others.metric().usedDirectMemory());
      burst.forEach(ByteBuf::release);
      assertEquals(32, buffers.kept());
      assertEquals(0, others.metric().usedDirectMemory());
    });
  }

  @Test
  void when_the_loop_ends_all_is_freed_also_what_comes_later() throws Exception {
    onLoop(() -> {
      ByteBuf late = buffers.directBuffer(10);
      buffers.directBuffer(10).release();
      buffers.close();
      assertEquals(0, buffers.kept());
      assertTrue(late.release());
      assertEquals(0, buffers.kept());
    });
  }
}
