package io.meridian.proxy.compress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import io.meridian.config.Compress;
import io.meridian.config.Compress.Coding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is decoded is what was encoded, however it was cut and flushed. */
class EncoderTest {
  private static final byte[] WORDS =
      "region latency failover ok {}[]\":, ".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private final Random random = new Random(1952);
  private final Encoders encoders = new Encoders();

  private static Compression rules(int level) {
    return new Compression(
        new Compress(List.of("text/html"), 0, List.of(Coding.GZIP, Coding.ZSTD), level));
  }

  private byte[] content(int length) {
    byte[] content = new byte[length];
    boolean text = random.nextInt(4) > 0;
    for (int i = 0; i < length; i++) {
      content[i] =
          text ? WORDS[(i + random.nextInt(2)) % WORDS.length] : (byte) random.nextInt(256);
    }
    return content;
  }

  static InputStream decoder(Coding coding, byte[] coded) throws IOException {
    InputStream in = new ByteArrayInputStream(coded);
    return coding == Coding.GZIP ? new GZIPInputStream(in) : new ZstdInputStream(in);
  }

  private Encoder acquire(Coding coding, int level) {
    Encoder encoder = encoders.acquire(coding, rules(level));
    assertNotNull(encoder);
    return encoder;
  }

  /** As it may come: in a direct buffer, in one on the heap, in one of several parts. */
  private ByteBuf buffer(byte[] bytes, int from, int length) {
    return switch (random.nextInt(3)) {
      case 0 -> Unpooled.directBuffer(length + 1).writeBytes(bytes, from, length);
      case 1 -> Unpooled.wrappedBuffer(bytes, from, length);
      default ->
          Unpooled.wrappedBuffer(
              Unpooled.wrappedBuffer(bytes, from, length / 2),
              Unpooled.wrappedBuffer(bytes, from + length / 2, length - length / 2));
    };
  }

  @ParameterizedTest
  @EnumSource(Coding.class)
  void content_comes_back_whole_however_it_was_cut_and_flushed(Coding coding) throws IOException {
    for (int round = 0; round < 150; round++) {
      byte[] content = content(random.nextInt(round % 10 == 0 ? 400_000 : 20_000));
      Encoder encoder = acquire(coding, 1 + random.nextInt(9));
      ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer();
      int at = 0;
      while (at < content.length) {
        int n = Math.min(content.length - at, 1 + random.nextInt(70_000));
        ByteBuf in = buffer(content, at, n);
        encoder.encode(in, n, out);
        assertEquals(0, in.readableBytes());
        in.release();
        at += n;
        if (random.nextInt(3) == 0) {
          encoder.flush(out);
          byte[] sofar = ByteBufUtil.getBytes(out);
          byte[] decoded = decoder(coding, sofar).readNBytes(at);
          assertArrayEquals(Arrays.copyOf(content, at), decoded);
        }
      }
      if (random.nextInt(8) == 0) {
        encoder.flush(out); // a flush of nothing more
      }
      encoder.finish(out);
      assertArrayEquals(content, decoder(coding, ByteBufUtil.getBytes(out)).readAllBytes());
      out.release();
      encoders.release(coding, encoder);
    }
    assertEquals(0, encoders.used());
  }

  @ParameterizedTest
  @EnumSource(Coding.class)
  void an_encoder_that_was_left_half_way_begins_anew(Coding coding) throws IOException {
    Encoder first = acquire(coding, 4);
    ByteBuf out = Unpooled.directBuffer();
    first.encode(Unpooled.wrappedBuffer(content(50_000)), 50_000, out);
    encoders.release(coding, first);
    out.clear();
    Encoder second = acquire(coding, 9);
    assertEquals(first, second);
    byte[] content = content(1000);
    second.encode(Unpooled.wrappedBuffer(content), 1000, out);
    second.finish(out);
    assertArrayEquals(content, decoder(coding, ByteBufUtil.getBytes(out)).readAllBytes());
    out.release();
  }

  @Test
  void text_gets_much_smaller() {
    for (Coding coding : Coding.values()) {
      Encoder encoder = acquire(coding, 4);
      byte[] content = content(100_000);
      while (content[0] != WORDS[0] && content[0] != WORDS[1]) {
        content = content(100_000);
      }
      ByteBuf out = Unpooled.directBuffer();
      encoder.encode(Unpooled.wrappedBuffer(content), content.length, out);
      encoder.finish(out);
      assertTrue(out.readableBytes() < content.length / 2, coding + ": " + out.readableBytes());
      out.release();
    }
  }

  @Test
  void no_more_work_at_a_time_than_there_is_memory_for() {
    List<Encoder> all = new ArrayList<>();
    Encoder next = encoders.acquire(Coding.ZSTD, rules(4));
    while (next != null) {
      all.add(next);
      next = encoders.acquire(Coding.ZSTD, rules(4));
    }
    assertEquals(51, all.size());
    assertNull(encoders.acquire(Coding.GZIP, rules(4)));
    all.forEach(encoder -> encoders.release(Coding.ZSTD, encoder));
    assertEquals(0, encoders.used());
    assertNotNull(encoders.acquire(Coding.GZIP, rules(4)));
  }
}
