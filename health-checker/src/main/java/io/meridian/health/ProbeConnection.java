package io.meridian.health;

import io.meridian.config.Health;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an endpoint: asks for a probe and judges the answer by its status and, if asked
 * for, its body's start; where it is kept, once for each of many probes. Event loop only.
 */
final class ProbeConnection extends ChannelInboundHandlerAdapter {
  private final ProbeTarget target;
  private final Channel channel;
  private final boolean keeps;
  private final @Nullable HttpAnswer answer; // null: nothing is asked
  private @Nullable Probe probe; // that waits for its verdict
  private boolean secure;
  private boolean ready; // a request may leave
  private boolean judged; // the status was right
  private boolean reused;
  private long readNanos; // when the last bytes came

  /**
   * @param first the probe that it was opened for
   * @param keeps whether it may be kept for more
   */
  ProbeConnection(ProbeTarget target, Channel channel, Probe first, boolean keeps) {
    this.target = target;
    this.channel = channel;
    this.probe = first;
    this.keeps = keeps;
    this.answer = target.check instanceof Health.Http ? new HttpAnswer() : null;
  }

  /**
   * Takes its place at the end of a new channel's pipeline.
   *
   * @param tls what goes before it; null: none
   */
  void install(@Nullable SslHandler tls) {
    if (tls != null) {
      secure = true;
      channel.pipeline().addLast(new Arrival()).addLast(tls);
    }
    channel.pipeline().addLast(this);
  }

  /** Notes when bytes come, before time goes into decrypting them. */
  private final class Arrival extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      arrived();
      ctx.fireChannelRead(message);
    }
  }

  private void arrived() {
    Probe waits = probe;
    if (waits != null) {
      readNanos = waits.now();
    }
  }

  /** Whether another probe may be asked now. */
  boolean idle() {
    return ready && probe == null && (answer == null || answer.complete()) && channel.isActive();
  }

  /** Asks for another probe, on an idle one. */
  void ask(Probe next) {
    probe = next;
    reused = true;
    ask();
  }

  /** Ends it; nobody hears of that. */
  void close() {
    target.forget(this);
    var _ = channel.close();
  }

  /** The probe has its verdict, or waits no longer. */
  void leave(boolean well) {
    probe = null;
    if (!well || !keeps || answer == null) {
      close();
    } else {
      settle(answer);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (!secure && answer != null) {
      ask();
    }
  }

  /** HTTPS asks when the handshake is done, so that its time does not count as the answer's. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    Probe waits = probe;
    if (!(event instanceof SslHandshakeCompletionEvent handshake) || waits == null) {
      return;
    }
    if (!handshake.isSuccess()) {
      waits.failed(false, ProbeCause.of(handshake.cause()));
    } else if (answer == null) {
      waits.ok();
    } else {
      ask();
    }
  }

  private void ask() {
    Probe waits = probe;
    if (waits == null || answer == null) {
      return; // given up meanwhile
    }
    ready = true;
    judged = false;
    answer.begin(target.bodiless(), target.expected);
    byte[] request = target.request(!keeps);
    ByteBuf out = channel.alloc().directBuffer(request.length).writeBytes(request);
    waits.asks();
    channel
        .writeAndFlush(out)
        .addListener(f -> {
          if (!f.isSuccess()) {
            lost(ProbeCause.of(f.cause()));
          }
        });
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf in)) {
      ctx.fireChannelRead(message);
      return;
    }
    try {
      if (answer != null) {
        if (!secure) {
          arrived();
        }
        answer.read(in);
        judge(answer);
      }
    } finally {
      in.release();
    }
  }

  private void judge(HttpAnswer read) {
    Probe waits = probe;
    if (waits == null) {
      settle(read);
    } else if (read.bad()) {
      waits.failed(false, "bad response");
    } else if (read.status() > 0 && !judged && !target.takes(read.status())) {
      waits.failed(false, "status " + read.status());
    } else if (read.status() > 0) {
      if (!judged) {
        judged = true;
        waits.answered(readNanos, name -> name == null ? null : read.field(name));
      }
      if (target.expected.length == 0 || read.found()) {
        waits.ok();
      } else if (read.complete() || read.full()) {
        waits.failed(false, "body without the expected text");
      }
    }
  }

  /** With the verdict told: keeps the connection once the answer is complete, if it can. */
  private void settle(HttpAnswer read) {
    if (!read.persistent()) {
      close();
    } else if (read.complete()) {
      target.keep(this);
    } else {
      target.await(this);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (answer != null) {
      if (probe != null && answer.begun()) {
        answer.end();
        judge(answer);
      }
      lost("closed without an answer");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    lost(ProbeCause.of(cause));
  }

  /** Ended by the other side, or by an error. */
  private void lost(String cause) {
    Probe waits = probe;
    boolean kept = target.kept == this;
    probe = null;
    close();
    if (waits != null) {
      boolean stale = reused && answer != null && !answer.begun();
      waits.lost(stale, answer != null, cause);
    } else if (kept) {
      target.result.dropped(reused);
    }
  }
}
