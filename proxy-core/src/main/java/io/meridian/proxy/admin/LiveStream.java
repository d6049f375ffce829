package io.meridian.proxy.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event stream of the page ({@code text/event-stream}): numbers every two seconds, the state
 * when it changes and every ten seconds. Each message is made once, and shared by all who listen; a
 * reader that is too slow misses numbers, and after a while is cut off. Its memory is bounded.
 *
 * @see "WHATWG, HTML, 9.2: Server-sent events"
 */
final class LiveStream {
  private static final Logger LOG = LoggerFactory.getLogger(LiveStream.class);
  private static final int MAX_READERS = 32;
  private static final int LOW = 64 * 1024;
  private static final int HIGH = 512 * 1024;
  private static final int MISSES = 5;
  private static final int STATE_TICKS = 5;
  private static final long TICK_MILLIS = 2_000;
  private static final long SOON_MILLIS = 40;

  private static final ByteBuf ALIVE =
      Unpooled.unreleasableBuffer(Unpooled.copiedBuffer(": alive\n\n", UTF_8).asReadOnly());

  private final AdminApi api;
  private final ApiJson json = new ApiJson();
  private final EventLoop loop;
  private final Executor worker;
  private final List<Reader> readers = new ArrayList<>(); // event loop only
  private final AtomicBoolean changing = new AtomicBoolean();
  private int ticks; // event loop only
  private volatile int count;

  /** One who listens. */
  private static final class Reader {
    final Channel channel;
    int missed;

    Reader(Channel channel) {
      this.channel = channel;
    }
  }

  /**
   * @param loop of all admin connections
   * @param worker makes the messages
   */
  LiveStream(AdminApi api, EventLoop loop, Executor worker) {
    this.api = api;
    this.loop = loop;
    this.worker = worker;
    loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Something has changed that readers should see at once; any thread. */
  void changed() {
    if (!loop.isShuttingDown() && changing.compareAndSet(false, true)) {
      loop.schedule(
          () -> {
            changing.set(false);
            publish("state");
          },
          SOON_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }

  /** Takes a reader in; false if there are too many. On the event loop. */
  boolean join(Channel channel) {
    if (readers.size() >= MAX_READERS) {
      return false;
    }
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(LOW, HIGH));
    HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    Answer.secure(response.headers())
        .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
        .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED)
        .set("x-accel-buffering", "no");
    channel.writeAndFlush(response);
    Reader reader = new Reader(channel);
    readers.add(reader);
    count = readers.size();
    channel
        .closeFuture()
        .addListener(_ -> {
          readers.remove(reader);
          count = readers.size();
        });
    make("state", List.of(reader));
    make("numbers", List.of(reader));
    return true;
  }

  /** How many listen; any thread. */
  int readers() {
    return count;
  }

  private void tick() {
    ticks++;
    publish("numbers");
    if (ticks % STATE_TICKS == 0) {
      publish("state");
    }
  }

  private void publish(String what) {
    if (!readers.isEmpty()) {
      make(what, List.copyOf(readers));
    }
  }

  private void make(String what, List<Reader> to) {
    try {
      worker.execute(() -> {
        byte[] message = message(what);
        loop.execute(() -> to.forEach(reader -> send(reader, Unpooled.wrappedBuffer(message))));
      });
    } catch (RejectedExecutionException e) {
      to.forEach(reader -> send(reader, ALIVE.duplicate())); // the worker has too much to do
    }
  }

  private byte[] message(String what) {
    try {
      Object value =
          what.equals("state")
              ? new Live.State(api.overview(), api.events(), api.controls(), api.drills())
              : api.tick();
      return ("event: " + what + "\ndata: " + json.line(value) + "\n\n").getBytes(UTF_8);
    } catch (JsonProcessingException | RuntimeException e) {
      LOG.error("admin: the stream's {} can't be made", what, e);
      return ": failed\n\n".getBytes(UTF_8);
    }
  }

  private static void send(Reader reader, ByteBuf message) {
    Channel channel = reader.channel;
    if (channel.isWritable()) {
      reader.missed = 0;
      channel
          .writeAndFlush(new DefaultHttpContent(message))
          .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    } else if (++reader.missed > MISSES) {
      LOG.info("admin: a reader of the stream was too slow: {}", channel.remoteAddress());
      channel.close();
    }
  }
}
