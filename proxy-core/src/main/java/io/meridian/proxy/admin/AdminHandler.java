package io.meridian.proxy.admin;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.timeout.IdleStateEvent;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests of one connection, one after the other, in their order. */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
  private static final int MAX_PIPELINED = 16;

  private final AdminRoutes routes;
  private final Executor worker;
  private final Queue<Question> waiting = new ArrayDeque<>(); // event loop only
  private boolean working; // event loop only: the worker makes an answer

  private final LiveStream stream;
  private boolean streaming; // event loop only: the rest of the connection is one answer

  AdminHandler(AdminRoutes routes, LiveStream stream, Executor worker) {
    this.routes = routes;
    this.stream = stream;
    this.worker = worker;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (waiting.size() == MAX_PIPELINED || streaming) {
      ctx.close();
      return;
    }
    waiting.add(Question.of(request, ctx.channel()));
    answerWaiting(ctx);
  }

  private void answerWaiting(ChannelHandlerContext ctx) {
    while (!working && !streaming && !waiting.isEmpty()) {
      Question question = waiting.remove();
      switch (routes.place(question)) {
        case LOOP -> send(ctx, routes.answer(question));
        case WORKER -> work(ctx, question);
        case STREAM -> {
          streaming = stream.join(ctx.channel());
          if (!streaming) {
            send(ctx, routes.busy());
          }
        }
      }
    }
  }

  private void work(ChannelHandlerContext ctx, Question question) {
    try {
      worker.execute(() -> {
        Answer answer = routes.answer(question);
        ctx.executor().execute(() -> worked(ctx, answer));
      });
      working = true;
    } catch (RejectedExecutionException e) {
      send(ctx, routes.busy());
    }
  }

  private void worked(ChannelHandlerContext ctx, Answer answer) {
    working = false;
    send(ctx, answer);
    answerWaiting(ctx);
  }

  private static void send(ChannelHandlerContext ctx, Answer answer) {
    ctx.writeAndFlush(answer.response()).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent) {
      ctx.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("admin connection {}: {}", ctx.channel(), cause.toString());
    ctx.close();
  }
}
