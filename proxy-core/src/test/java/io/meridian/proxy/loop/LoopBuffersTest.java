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

class LoopBuffersTest {
  private static final int MARK_AT = LoopBuffers.SIZE - 1;

  private final DefaultEventLoop loop = new DefaultEventLoop();
  private final UnpooledByteBufAllocator others = new UnpooledByteBufAllocator(true);
  private final LoopBuffers buffers = new LoopBuffers(loop, others);

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
      ByteBuf again = buffers.directBuffer(LoopBuffers.SIZE);
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
      buffers.directBuffer(10).writeZero(LoopBuffers.SIZE + 1).release();
      assertEquals(0, buffers.kept());
      out.add(buffers.directBuffer(10));
    });
    assertTrue(out.getFirst().release());
    onLoop(() -> assertEquals(0, buffers.kept()));
  }

  @Test
  void large_ones_and_those_of_other_threads_come_from_elsewhere() throws Exception {
    ByteBuf foreign = buffers.directBuffer(10);
    assertEquals(foreign.capacity(), others.metric().usedDirectMemory());
    foreign.release();
    onLoop(() -> {
      ByteBuf large = buffers.directBuffer(LoopBuffers.SIZE + 1);
      assertEquals(large.capacity(), others.metric().usedDirectMemory());
      large.release();
      assertEquals(0, buffers.kept());
    });
  }

  @Test
  void no_more_are_kept_than_a_burst_needs() throws Exception {
    onLoop(() -> {
      List<ByteBuf> burst = new ArrayList<>();
      for (int i = 0; i < LoopBuffers.KEPT + 10; i++) {
        burst.add(buffers.directBuffer());
      }
      burst.forEach(ByteBuf::release);
      assertEquals(LoopBuffers.KEPT, buffers.kept());
    });
  }
}
