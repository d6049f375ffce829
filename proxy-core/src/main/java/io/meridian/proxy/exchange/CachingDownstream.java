package io.meridian.proxy.exchange;

import io.meridian.proxy.cache.CacheResult;
import io.meridian.proxy.cache.CacheTurn;
import io.meridian.proxy.cache.Content;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a client's connection on a route that caches, for one request: gives out what is
 * stored, waits for what another request fetches, and keeps what passes. Event loop only.
 */
final class CachingDownstream extends DownstreamFilter {
  private static final byte[] CACHE_STATUS = "Cache-Status".getBytes(StandardCharsets.US_ASCII);

  /** A stored body goes out in such pieces, so that a slow client holds no more of it. */
  private static final int PIECE = 64 * 1024;

  /** How often a request waits for others, if they come to nothing. */
  private static final int MAX_WAITS = 3;

  private enum State {
    /** An endpoint is asked, or nothing was done yet. */
    FORWARD,
    /** Another request fetches the same. */
    WAIT,
    /** The endpoint's answer is not for the client: what is stored follows it. */
    SWALLOW,
    /** The client has the answer already, and what comes is only kept. */
    UNSEEN,
    /** What is stored goes out. */
    SERVE,
    OVER
  }

  private final ProxyExchange exchange;
  private final LoopContext context;
  private final @Nullable CacheTurn turn; // null: the request has nothing to do with the cache
  private State state = State.FORWARD;
  private CacheResult result = CacheResult.BYPASS;
  private boolean storing;
  private boolean coalesced;
  private int waits;
  private long waitUntilNanos;
  private @Nullable ByteBuf body;

  CachingDownstream(
      ProxyExchange exchange, LoopContext context, Downstream client, @Nullable CacheTurn turn) {
    super(client);
    this.exchange = exchange;
    this.context = context;
    this.turn = turn;
  }

  CacheResult result() {
    return result;
  }

  /** Looks for an answer; false: an endpoint has to be asked. */
  boolean begin() {
    CacheTurn current = turn;
    if (current == null) {
      return false;
    }
    waitUntilNanos = context.worker().now() + current.rules().coalesceNanos();
    return look(current);
  }

  private boolean look(CacheTurn current) {
    long now = context.worker().now();
    CacheTurn.Step step = current.look(now);
    if (background()) {
      return refreshing(current, step);
    }
    return switch (step) {
      case SERVE -> {
        result = coalesced ? CacheResult.COALESCED : CacheResult.HIT;
        serve(coalesced ? current.forwarded(false) + "; collapsed" : current.hit(now));
        yield true;
      }
      case SERVE_AND_REFRESH -> {
        result = CacheResult.STALE;
        if (!peer().departure().announced() && !context.refreshing(current.key())) {
          context.refresh(exchange.head(), peer());
        }
        serve(current.hit(now));
        yield true;
      }
      case REFUSE -> {
        exchange.refuse(
            new ErrorAnswer(504, "not stored", "http_request_denied", "only_if_cached", 0, false));
        yield true;
      }
      case FETCH -> {
        result = current.hasFound() ? CacheResult.EXPIRED : CacheResult.MISS;
        if (current.coalesces() && !current.lead() && waits(current)) {
          yield true;
        }
        current.ask();
        yield false;
      }
    };
  }

  /** Fetches what was given out stale, unless somebody else has done so or does. */
  private boolean refreshing(CacheTurn current, CacheTurn.Step step) {
    boolean due = step == CacheTurn.Step.SERVE_AND_REFRESH || step == CacheTurn.Step.FETCH;
    if (!due || !current.lead()) {
      state = State.OVER;
      exchange.finish(true);
      return true;
    }
    current.ask();
    return false;
  }

  // ---- another request fetches the same

  private boolean waits(CacheTurn current) {
    long now = context.worker().now();
    if (waits == MAX_WAITS
        || waitUntilNanos - now <= 0
        || !current.join(() -> landed(false), () -> landed(true))) {
      return false;
    }
    waits++;
    state = State.WAIT;
    exchange.wakeAt(waitUntilNanos);
    return true;
  }

  /** On the thread of the request that was waited for. */
  private void landed(boolean lost) {
    context
        .worker()
        .loop()
        .execute(() -> {
          if (state == State.WAIT) {
            context.worker().tick();
            goOn(!lost);
          }
        });
  }

  /**
   * The wait is over.
   *
   * @param known whether it is known what the other request got: then nobody waits for it again
   */
  private void goOn(boolean known) {
    CacheTurn current = turn;
    if (current == null) {
      return;
    }
    state = State.FORWARD;
    coalesced = true;
    waits = known ? MAX_WAITS : waits;
    if (!look(current)) {
      exchange.decide();
    }
  }

  /** Whether the exchange's own timers have to rest; ends a wait that has lasted long enough. */
  boolean keepsTime(long nowNanos) {
    if (state == State.WAIT) {
      if (waitUntilNanos - nowNanos <= 0) {
        waits = MAX_WAITS;
        goOn(true);
      } else {
        exchange.wakeAt(waitUntilNanos);
      }
      return true;
    }
    return state == State.SERVE;
  }

  // ---- what is stored goes out

  boolean serving() {
    return state == State.SERVE;
  }

  /** Whether what is stored is given out in place of an answer with that status. */
  boolean rescues(int status) {
    CacheTurn current = turn;
    return current != null
        && state == State.FORWARD
        && CacheTurn.rescues(status)
        && !background()
        && current.mayRescue(context.worker().now());
  }

  /**
   * Gives out what is stored, though stale; ask {@link #rescues} before.
   *
   * @param status of the endpoint, or 0: none could be asked
   */
  void rescue(int status) {
    CacheTurn current = turn();
    String what = current.hit(context.worker().now());
    String note = status == 0 ? what : current.forwarded(status);
    result = CacheResult.STALE;
    serve(note + "; detail=stale-if-error");
  }

  private void serve(String note) {
    state = State.SERVE;
    turn().settled();
    ResponseHead head = context.storedHead();
    Content content = turn().render(head, context.worker().now(), note);
    exchange.answeringByCache(content.status());
    inner().sendHead(head);
    head.clear();
    body = Unpooled.wrappedBuffer(content.body(), content.from(), content.to() - content.from());
    pump();
  }

  /** Sends on, as far as the client takes it. */
  void pump() {
    ByteBuf rest = body;
    if (rest == null || state != State.SERVE) {
      return;
    }
    while (rest.isReadable()) {
      inner().sendData(rest, Math.min(PIECE, rest.readableBytes()));
      if (rest.isReadable()) {
        inner().flush();
        if (!inner().writable()) {
          return;
        }
      }
    }
    body = null;
    state = State.OVER;
    inner().sendEnd(Body.END);
    inner().flush();
    exchange.finish(true);
  }

  // ---- what an endpoint answers

  /**
   * The head of the answer that the client is to get.
   *
   * @return false if another has to be asked for
   */
  boolean answered(Attempt attempt, ResponseHead head) {
    CacheTurn current = turn;
    if (current == null) {
      return true;
    }
    long now = context.worker().now();
    storing = false;
    if (EventStream.is(head)) { // may be ended in order before it is whole
      state = State.FORWARD;
      current.settled();
      return true;
    }
    switch (current.answered(
        head,
        attempt.region().name(),
        attempt.sentNanos(),
        now,
        context.worker().epochMillis(now),
        context.storedHead())) {
      case PASS -> state = State.FORWARD;
      case STORE -> {
        state = State.FORWARD;
        storing = true;
      }
      case STORE_UNSEEN -> {
        state = State.UNSEEN;
        storing = true;
      }
      case SERVE -> {
        state = State.SWALLOW;
        result = CacheResult.REVALIDATED;
      }
      case ASK_ANEW -> {
        return false;
      }
    }
    return true;
  }

  @Override
  public void sendHead(ResponseHead head) {
    switch (state) {
      case SWALLOW -> {}
      case UNSEEN -> {
        ResponseHead own = context.storedHead();
        turn().renderUnseen(own, turn().forwarded(true));
        exchange.answeringByCache(own.status());
        super.sendHead(own);
        own.clear();
      }
      default -> {
        String note = turn == null ? "fwd=bypass" : turn.forwarded(storing);
        head.append(CACHE_STATUS, ("meridian; " + note).getBytes(StandardCharsets.US_ASCII));
        super.sendHead(head);
      }
    }
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    if (storing) {
      turn().data(in, length);
    }
    if (state == State.FORWARD) {
      super.sendData(in, length);
    } else {
      in.skipBytes(length);
    }
  }

  @Override
  public void sendEnd(Body ended) {
    if (turn != null) {
      turn.end();
    }
    super.sendEnd(ended);
  }

  /** The endpoint has said all; true: what is stored goes out now, and that ends the request. */
  boolean takesOver() {
    if (state != State.SWALLOW) {
      return false;
    }
    serve(turn().forwarded(304));
    return true;
  }

  @Override
  public boolean discard() {
    if (!super.discard()) {
      return false;
    }
    if (turn != null) {
      turn.broken();
    }
    storing = false;
    if (state != State.SERVE && state != State.WAIT) {
      state = State.FORWARD;
    }
    return true;
  }

  @Override
  public void abort() {
    over();
    super.abort();
  }

  @Override
  public void finished(boolean keepAlive) {
    over();
    super.finished(keepAlive);
  }

  @Override
  public void sendError(ErrorAnswer answer) {
    if (turn != null) {
      turn.settled();
    }
    super.sendError(answer);
  }

  private void over() {
    state = State.OVER;
    body = null;
    if (turn != null) {
      turn.over();
    }
  }

  private CacheTurn turn() {
    CacheTurn current = turn;
    if (current == null) {
      throw new IllegalStateException("not a request for the cache");
    }
    return current;
  }
}
