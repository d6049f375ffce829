package io.meridian.proxy.exchange;

import io.meridian.config.Failover;
import io.meridian.health.Outcome;
import io.meridian.proxy.exchange.Attempt.Kind;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.telemetry.AttemptOutcome;
import io.meridian.proxy.telemetry.RetryDenied;
import io.meridian.proxy.upstream.UpstreamConnection;
import org.jspecify.annotations.Nullable;

/**
 * Brings one request to an endpoint: connects, in two regions at once where that takes long (a
 * race); sends, and sends again elsewhere where the answer is late (a hedge); until one of them
 * answers. Reused with its exchange; event loop only.
 */
final class Dispatch {
  private final ProxyExchange exchange;
  private final LoopContext context;
  private final Worker worker;
  private final Destination destination;
  private final Candidates candidates;
  private final RequestRelay request;
  private final Attempts attempts;
  private final ExchangeLog log;

  Dispatch(
      ProxyExchange exchange,
      LoopContext context,
      Destination destination,
      RequestRelay request,
      Attempts attempts,
      ExchangeLog log) {
    this.exchange = exchange;
    this.context = context;
    this.worker = context.worker();
    this.destination = destination;
    this.candidates = destination.candidates();
    this.request = request;
    this.attempts = attempts;
    this.log = log;
  }

  // ---- a connection

  /**
   * Starts an attempt at the next candidate; false if there is none, or no attempt is left.
   *
   * @param avoid a region that is being tried right now
   */
  boolean startNext(Kind kind, @Nullable RoutedRegion avoid) {
    while (mayTry()) {
      RoutedEndpoint endpoint = destination.next(kind, avoid);
      if (endpoint == null) {
        return false;
      }
      if (start(kind, candidates.region(), endpoint, false)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Starts an attempt; false if its endpoint may have no more connections.
   *
   * @param fresh whether a connection is opened even if one waits
   */
  boolean start(Kind kind, RoutedRegion region, RoutedEndpoint endpoint, boolean fresh) {
    Attempt attempt = attempts.add();
    long now = worker.now();
    attempt.start(
        kind,
        attempts.count(),
        region,
        endpoint,
        context.pools().of(destination.snapshot().target(endpoint.id())),
        fresh ? candidates.enterAgain(region) : candidates.takeEntered(),
        now);
    exchange.nextMove(now + raceDelay(region));
    if (!attempt.connect(fresh)) {
      log.overflow();
      attempt.close(AttemptOutcome.CANCELLED);
      return false;
    }
    exchange.arm();
    return true;
  }

  /** How long a connect may take before the next region's starts too. */
  private static long raceDelay(RoutedRegion region) {
    long delay = region.estimateNanos() * 3 / 2 + 30_000_000;
    return Math.clamp(delay, 50_000_000, 400_000_000);
  }

  /** An attempt has its connection. */
  void ready(Attempt attempt) {
    boolean underWay =
        attempts.committed() != null || (attempt.kind() != Kind.HEDGE && attempts.anySent());
    if (exchange.ended() || underWay) {
      candidates.giveBack(attempt.endpoint());
      attempt.drop(AttemptOutcome.CANCELLED);
      return;
    }
    if (attempt.kind() != Kind.HEDGE) {
      attempts.dropOthers(attempt, candidates, context);
    }
    send(attempt);
  }

  // ---- the request

  private void send(Attempt attempt) {
    long now = worker.now();
    attempts.sending();
    RequestHead head = exchange.head();
    Downstream client = exchange.downstream();
    UpstreamConnection connection = attempt.send(head, now);
    String region = attempt.region().name();
    byte @Nullable [] source = destination.replay().source();
    RequestId id = exchange.requestId();
    RequestWriter.write(
        connection.headRoom(RequestWriter.size(head, client.peer(), region, source)),
        head,
        client.peer(),
        destination.snapshot().via().entry(client.http2()),
        destination.query().location,
        id.bytes(),
        id.length(),
        exchange.trace(),
        region,
        source,
        attempt.number());
    connection.headWritten();
    request.start(connection, client);
    exchange.wakeAt(now + Overdue.after(attempt));
    if (!request.reading()) {
      connection.flush();
    }
  }

  // ---- it takes long

  /** The time has come for one more beside those under way. */
  void fire(long now) {
    exchange.nextMove(exchange.answerByNanos());
    Attempt late = attempts.last();
    boolean started = late != null && (attempts.anySent() ? hedge(late, now) : race(late));
    if (!started) {
      exchange.arm();
    }
  }

  private boolean race(Attempt slow) {
    return failover().race() && startNext(Kind.RACE, slow.region());
  }

  private boolean hedge(Attempt late, long now) {
    boolean silent = late.sent() && late.pool().lastAnswerNanos() - late.sentNanos() < 0;
    if (silent && !late.overdue()) {
      overdue(late);
    }
    if (!failover().hedge() || !request.ended() || exchange.head().upgrade() || !mayGoElsewhere()) {
      return false;
    }
    if (!context.budget().spend(now)) {
      log.denied(RetryDenied.BUDGET);
      return false;
    }
    return startNext(Kind.HEDGE, late.region());
  }

  // ---- one answers

  /** The client gets this one's answer. */
  void commit(Attempt attempt) {
    if (attempts.sentCount() > 1) {
      boolean hedge = attempt.kind() == Kind.HEDGE;
      context.counters().hedgeWon(hedge);
      if (hedge) {
        outrun(attempt);
      }
    }
    attempts.commit(attempt);
    attempts.dropOthers(attempt, candidates, context);
    if (attempt.number() > 1) {
      log.retried(true);
    }
  }

  /** The request that was sent later was answered first: the earlier ones were late. */
  private void outrun(Attempt winner) {
    for (int i = 0; i < attempts.count(); i++) {
      Attempt loser = attempts.get(i);
      if (loser != winner && loser.live() && loser.sent() && !loser.overdue()) {
        overdue(loser);
      }
    }
  }

  private void overdue(Attempt attempt) {
    attempt.markOverdue();
    tell(attempt, Outcome.OVERDUE);
  }

  /** None has answered in time, and none will be waited for. */
  void abandon() {
    for (int i = 0; i < attempts.count(); i++) {
      Attempt attempt = attempts.get(i);
      if (attempt.live() && attempt.sent()) {
        tell(attempt, Outcome.OVERDUE);
      }
      attempt.drop(attempt.sent() ? AttemptOutcome.OVERDUE : AttemptOutcome.CONNECT_TIMEOUT);
    }
  }

  // ---- what is allowed

  /** Whether another attempt may be started. */
  boolean mayTry() {
    return attempts.count() < mostAttempts() && maySend();
  }

  /** Whether the request may be sent once more. */
  private boolean maySend() {
    return attempts.sendings() < mostAttempts();
  }

  private int mostAttempts() {
    return failover().attempts();
  }

  /** Whether a request that was sent may be sent to another endpoint too, and there is one. */
  boolean mayGoElsewhere() {
    return mayTry() && denied(true, false) == null && destination.more();
  }

  /**
   * Whether a request that found nowhere else to go may try all anew: freely if it never left, else
   * if it may be sent once more. The budget has its say when it leaves.
   */
  boolean mayBeginAnew() {
    return attempts.sendings() == 0 || (denied(true, false) == null && maySend());
  }

  /**
   * Why the request may not move; null if it may.
   *
   * @param refused whether the endpoint said that it did not handle it
   */
  @Nullable RetryDenied denied(boolean sent, boolean refused) {
    return ReplayRule.denied(
        false, sent, refused, destination.query().repeatable, request.replayable());
  }

  /** Tells those who watch over health of a failure. */
  void tell(Attempt attempt, Outcome outcome) {
    context.signals().failure(attempt.region().name(), attempt.endpoint().name(), outcome);
  }

  private Failover failover() {
    return destination.snapshot().config().failover();
  }
}
