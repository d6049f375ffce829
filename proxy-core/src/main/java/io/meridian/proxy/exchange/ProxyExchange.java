package io.meridian.proxy.exchange;

import io.meridian.config.Failover;
import io.meridian.config.Tracing;
import io.meridian.geo.Location;
import io.meridian.health.HealthState;
import io.meridian.health.Outcome;
import io.meridian.proxy.cache.CacheRules;
import io.meridian.proxy.cache.CacheTurn;
import io.meridian.proxy.compress.Compression;
import io.meridian.proxy.exchange.Attempt.Kind;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.routing.AppDirective;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.DataFilter;
import io.meridian.proxy.routing.FenceRule;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.Router;
import io.meridian.proxy.routing.Steering;
import io.meridian.proxy.telemetry.AttemptOutcome;
import io.meridian.proxy.telemetry.Rejection;
import io.meridian.proxy.telemetry.RetryDenied;
import io.meridian.proxy.telemetry.Trace;
import io.meridian.proxy.upstream.ClientEnds;
import io.meridian.proxy.upstream.UpstreamConnection;
import io.meridian.proxy.upstream.UpstreamFailure;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The life of one request, all of it on the client connection's event loop:
 *
 * <pre>
 * 1 arrived    head read and checked              5 forwarded  head and body, back-pressured
 * 2 located    client address to Location         6 answered   response head; no retry from here on
 * 3 decided    Router.decide(query, snapshot)     7 relayed    response body, back-pressured
 * 4 connected  pooled or new connection, raced    8 finished   once: meters, log, next request
 * </pre>
 *
 * A failure before 6 goes back to 3 without that endpoint if {@link ReplayRule} and the budget
 * allow; else, and when routing refuses, to 8. An answer counts as begun when a byte of it has left
 * for the client: a short one is held until it is whole, for a moment, so that a cut one can be
 * fetched again unseen.
 */
public final class ProxyExchange extends TimerWheel.Timer {
  /** How often a request that waits looks whether a region is up. */
  private static final long RECHECK_NANOS = 20_000_000;

  /** How long it waits when every region that is thought to be up has just refused it. */
  private static final long PAUSE_NANOS = 100_000_000;

  private static final byte[] DECISION = "Meridian-Decision".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SET_COOKIE = "Set-Cookie".getBytes(StandardCharsets.US_ASCII);

  private final LoopContext context;
  private final Worker worker;
  private final HeadRules rules;
  private final RequestHead head;
  private final RequestRelay request;
  private final Candidates candidates;
  private final ClientAddress client = new ClientAddress();
  private final RouteQuery query = new RouteQuery();
  private final RequestId requestId = new RequestId();
  private final ExchangeLog log;
  private final Attempts attempts = new Attempts(this);
  private final ResponseHold hold = new ResponseHold();
  private final DrilledWorld.Mark drill = new DrilledWorld.Mark();

  // event loop only, all for the present request
  private @Nullable Downstream downstream;
  private @Nullable Snapshot snapshot;
  private @Nullable CompiledRoute route;
  private @Nullable CachingDownstream caching;
  private @Nullable RegionOrder order;
  private @Nullable Attempt committed;
  private @Nullable Trace trace;
  private final AppReplay replay = new AppReplay();
  private int tunnelled;
  private boolean parsed;
  private boolean parked;
  private boolean tunnel;
  private boolean grpc;
  private boolean decided;
  private byte @Nullable [] told; // fields of an answer of our own that says why
  private boolean beacon;
  private @Nullable UpstreamFailure waitsAfter;
  private boolean ended;
  private boolean admitted;
  private @Nullable LongStream stream;
  private long deadlineNanos;
  private long holdUntilNanos;
  private long nextMoveNanos;
  private long lastDataNanos;
  private int status;

  ProxyExchange(LoopContext context) {
    this.context = context;
    this.worker = context.worker();
    this.rules = context.headRules();
    this.head = rules.newHead();
    this.request = new RequestRelay(worker, context.replayMemory());
    this.candidates = new Candidates(context);
    this.log = new ExchangeLog(context);
  }

  void attach(Downstream client) {
    downstream = client;
    ended = false;
  }

  HeadRules rules() {
    return rules;
  }

  /** Where the connection puts the request's head. */
  public RequestHead head() {
    return head;
  }

  // ---- 1 arrived

  /**
   * The head is complete.
   *
   * @param firstByteNanos when its first byte came
   * @param complete whether it has no body
   */
  public void arrived(long firstByteNanos, Body body, boolean complete) {
    Downstream client = downstream();
    snapshot = context.snapshot();
    parsed = true;
    request.begin(body, complete);
    log.begin(firstByteNanos, worker.now());
    context.budget().earn();
    requestId.choose(head, client.peer().trusted(), worker);
    Tracing tracing = snapshot().config().tracing();
    if (tracing != null) {
      trace = Trace.of(tracing, head, client.peer().trusted(), worker::random);
    }
    locate(client);
    if (snapshot().via().loops(head)) {
      refuse(new ErrorAnswer(502, "request loop", "proxy_loop_detected", "", 0, false));
      return;
    }
    CompiledRoute matched = snapshot().routing().routes().match(head);
    route = matched;
    Peer peer = client.peer();
    Secured secured = peer.secured();
    if (secured != null && !secured.serves(head)) {
      refuse(new ErrorAnswer(421, "not on this connection", "http_request_denied", "", 0, false));
      return;
    }
    if (matched == null) {
      noRoute();
      return;
    }
    if (peer.redirectPort() > 0) {
      refuse(Redirect.toHttps(head, peer.redirectPort()));
      return;
    }
    grpc = Grpc.is(head);
    long patience = matched.deadlineNanos();
    deadlineNanos = worker.now() + (grpc ? Math.min(patience, Grpc.timeoutNanos(head)) : patience);
    if (!client.background()) {
      ErrorAnswer refusal =
          context.admission().enter(snapshot().rates(), matched, query.address, worker.now());
      if (refusal != null) {
        turnAway(refusal, peer);
        return;
      }
      admitted = true;
    }
    Compression compression = matched.compression();
    if (compression != null) {
      downstream = context.compressing(client, compression, head);
    }
    if (matched.config().beacon()) {
      awaitBeacon(complete);
      return;
    }
    CacheRules cache = matched.cache();
    if (cache != null && beginCached(cache)) {
      return;
    }
    decide();
  }

  // ---- what is stored

  /** True if the request needs no endpoint, or not now. */
  private boolean beginCached(CacheRules cache) {
    ask();
    Downstream client = downstream();
    CacheTurn turn = CacheTurns.of(context.cache(), cache, route(), query, head, client.peer());
    CachingDownstream stage = new CachingDownstream(this, context, client, turn);
    caching = stage;
    downstream = stage;
    return stage.begin();
  }

  /** A stored answer begins to go out. */
  void answeringByCache(int code) {
    status = code;
    if (committed == null) {
      attempts.dropAll(AttemptOutcome.CANCELLED);
    }
  }

  /** A stored answer has gone out; or, to nobody, nothing had to. */
  void answeredByCache() {
    finish(true);
  }

  /** Another request fetches the same: this one hears of it, by then at the latest. */
  void waitForCache(long untilNanos) {
    nextMoveNanos = untilNanos;
    arm();
  }

  /** Nothing is stored that would do. */
  void askEndpoint() {
    decide();
  }

  /** What is stored goes out in place of a failure, if it may; true if so. */
  private boolean rescued(int code, int answered) {
    CachingDownstream stage = caching;
    if (stage == null || !stage.rescues(code)) {
      return false;
    }
    if (parked) {
      unpark();
    }
    stage.rescue(answered);
    return true;
  }

  /** What was stored is another than the endpoint speaks of: it is asked without conditions. */
  private void askAnew(Attempt attempt) {
    committed = null;
    hold.release();
    attempt.drop(AttemptOutcome.SUCCESS);
    attempts.nextRound();
    decide();
  }

  /** The request is for the edge itself: a browser tells of its round trips. */
  private void awaitBeacon(boolean complete) {
    if (head.method() != Method.POST || complete) {
      int code = head.method() == Method.POST ? 400 : 405;
      refuse(new ErrorAnswer(code, "not a report", "http_request_denied", "", 0, false));
      return;
    }
    beacon = true;
    nextMoveNanos = deadlineNanos;
    arm();
  }

  private void takeBeacon() {
    query.epochSeconds = worker.epochMillis(worker.now()) / 1000;
    query.asn = context.places().autonomousSystem(query.address).number();
    Beacon.Result result =
        Beacon.take(
            request.held(), query, snapshot().routing().clients(), snapshot().routing().regions());
    context.counters().beacon(result.label());
    fail(new ErrorAnswer(result.status(), result.label(), null, "", 0, false));
  }

  /** Whether the client is sent to a region's own address instead. */
  private boolean steer(Steering steering, RegionOrder regions) {
    RoutedRegion to = grpc ? null : steering.target(query, regions);
    if (to == null) {
      return false;
    }
    context.counters().steered(route().name(), to.name());
    log.steered();
    fail(
        new ErrorAnswer(
            steering.status(),
            "nearer to you",
            null,
            "",
            0,
            false,
            steering.location(to, head),
            steering.setCookie(downstream().peer().secured() != null)));
    return true;
  }

  private void turnAway(ErrorAnswer refusal, Peer peer) {
    Rejection why = context.admission().why();
    peer.meters().rejected(worker.index(), why);
    log.turnedAway(why);
    refuse(refusal);
  }

  /** From here on it takes next to nothing: it counts no longer among those in progress. */
  private void leaveAdmission() {
    if (admitted) {
      admitted = false;
      context.admission().leave();
    }
  }

  private void noRoute() {
    log.noRoute();
    refuse(new ErrorAnswer(404, "no route", "destination_not_found", "", 0, false));
  }

  /**
   * Takes the newest snapshot. Routes number their plans anew at a reload, so that the route has to
   * be looked up again then; false, and all stays as it was, if there is none any more.
   */
  private boolean refresh() {
    Snapshot newest = context.snapshot();
    if (newest.routing().routes() != snapshot().routing().routes()) {
      CompiledRoute matched = newest.routing().routes().match(head);
      if (matched == null) {
        return false;
      }
      route = matched;
    }
    snapshot = newest;
    return true;
  }

  /**
   * A request that can't be served as it is: answers and ends. The connection closes if it must.
   */
  public void refuse(ErrorAnswer answer) {
    if (snapshot == null) {
      snapshot = context.snapshot();
      requestId.choose(head, false, worker);
      log.begin(worker.now(), worker.now());
    }
    fail(answer);
  }

  // ---- 2 located

  private void locate(Downstream connection) {
    Peer peer = connection.peer();
    client.resolve(peer, head);
    query.address = client.address();
    query.location =
        client.forwarded()
            ? context.places().locate(client.address())
            : peer.location(context.places());
    context.meters().geoLookup(query.location.country());
  }

  // ---- 3 decided

  private void ask() {
    query.repeatable = head.idempotent() || head.has(FieldId.IDEMPOTENCY_KEY);
    query.random = context.turn(route().index());
    query.safe = head.safe();
    Peer peer = downstream().peer();
    query.trusted = peer.trusted();
    query.serverName = peer.serverName();
    query.head = head;
    if (route().needsAsn()) {
      query.asn = context.places().autonomousSystem(query.address).number();
    }
    if (route().needsTime()) {
      query.epochSeconds = worker.epochMillis(worker.now()) / 1000;
    }
    DataFilter data = route().data();
    if (data != null) {
      replay.begin(data, query);
    }
  }

  private void decide() {
    ask();
    candidates.clear();
    decided = true;
    switch (choose(true)) {
      case Forward(RegionOrder regions, RouteDecision.Why why) -> {
        Steering steering = route().steering();
        if (steering != null && attempts.sendings() == 0 && steer(steering, regions)) {
          return;
        }
        take(regions);
        if (why == RouteDecision.Why.SPILL) {
          snapshot().spilled(regions.get(1).index(), regions.first().index(), context.counters());
        }
        log.decided(regions, why, snapshot().regionMeters(regions.first().index()), drill.moved());
        if (!startNext(Kind.FIRST, null)) {
          if (candidates.full()) {
            shed(regions.first().index());
          } else {
            giveUp(RetryDenied.NO_CANDIDATE, null);
          }
        }
      }
      case Refuse(Reason reason, int code) -> {
        boolean away = reason == Reason.NO_HEALTHY_REGION;
        if (!(away && rescued(503, 0)) && !(away && park(RECHECK_NANOS))) {
          refuse(reason, code);
        }
      }
    }
  }

  /**
   * Where it goes as the world is now; for some clients a region is failed on purpose in it.
   *
   * @param spill whether it moves on from a region that has enough; whoever moves because of a
   *     failure may use reserves
   */
  private RouteDecision choose(boolean spill) {
    query.loads = spill ? snapshot().loads(query.loads, worker.now()) : null;
    Snapshot now = snapshot();
    AppDirective directive = replay.directive();
    if (directive != null) {
      return Router.replay(route(), query, now.routingFor(query.address), directive);
    }
    DrilledWorld drilled = now.drilled();
    return drilled == null
        ? Router.decide(route(), query, now.routing())
        : drilled.decide(route(), query, now.routing(), drill, worker);
  }

  private void take(RegionOrder regions) {
    order = regions;
    candidates.limit(snapshot().loads());
  }

  /** All regions that may have the request have as much as they can take. */
  private void shed(int region) {
    snapshot().shed(region, context.counters());
    log.overflow();
    fail(
        new ErrorAnswer(
            503,
            "no capacity left",
            "connection_limit_reached",
            Reason.CAPACITY.label(),
            1,
            false));
  }

  private void refuse(Reason reason, int code) {
    if (replay.directive() != null) {
      context.counters().replayed(route().name(), AppReplay.result(reason));
    }
    if (reason == Reason.CAPACITY && query.loads != null) {
      shed(query.loads.full());
      return;
    }
    FenceRule fence = route().binding(query);
    if (fence != null) {
      context.counters().fenceBlocked(fence.name());
      log.fenceBlocked(fence.name());
    }
    if (reason != Reason.FENCE) {
      log.noHealthyRegion();
    }
    int retryAfter = code == 503 ? 1 : 0;
    fail(
        new ErrorAnswer(
            code,
            reason == Reason.FENCE ? "no region allowed" : "no region available",
            "destination_unavailable",
            reason.label(),
            retryAfter,
            false));
  }

  /**
   * Waits for a region to come back, for as long as the route holds requests; false if it may not.
   */
  private boolean park(long recheckNanos) {
    long until = log.startNanos() + snapshot().config().failover().hold().toNanos();
    holdUntilNanos = Math.min(until, deadlineNanos);
    if (holdUntilNanos - worker.now() <= 0 || !context.park()) {
      return false;
    }
    parked = true;
    nextMoveNanos = worker.now() + recheckNanos;
    arm();
    return true;
  }

  private void fireParked(long now) {
    if (!refresh()) {
      unpark();
      noRoute();
      return;
    }
    RouteDecision decision = choose(true);
    boolean over = now - holdUntilNanos >= 0;
    if (!over && (decision instanceof Refuse || !mayUnpark(now))) {
      nextMoveNanos = now + RECHECK_NANOS;
      arm();
      return;
    }
    unpark();
    UpstreamFailure why = waitsAfter;
    waitsAfter = null;
    if (!over) {
      attempts.nextRound();
      decide();
      return;
    }
    log.timedOut();
    boolean refused = decision instanceof Refuse;
    if (why != null && (refused || attempts.sendings() == 0)) {
      denied(RetryDenied.NO_CANDIDATE);
    }
    if (decision instanceof Refuse(Reason reason, int code)) {
      refuse(reason, code);
    } else if (why != null && attempts.sendings() > 0) {
      failed(RetryDenied.DEADLINE, why);
    } else { // nobody could even be reached
      refuse(Reason.NO_HEALTHY_REGION, 503);
    }
  }

  /** What has left before draws on the budget when it leaves again. */
  private boolean mayUnpark(long now) {
    return context.mayUnpark(now) && (attempts.sendings() == 0 || context.budget().spend(now));
  }

  private void unpark() {
    parked = false;
    context.unparked();
  }

  // ---- 4 connected

  /**
   * Starts an attempt at the next candidate; false if there is none, or no attempt is left.
   *
   * @param avoid a region that is being tried right now
   */
  private boolean startNext(Kind kind, @Nullable RoutedRegion avoid) {
    while (mayTry()) {
      RoutedEndpoint endpoint = candidates.next(order(), kind, avoid);
      if (endpoint == null) {
        return false;
      }
      if (start(kind, candidates.region(), endpoint, false)) {
        return true;
      }
    }
    return false;
  }

  private boolean start(Kind kind, RoutedRegion region, RoutedEndpoint endpoint, boolean fresh) {
    Attempt attempt = attempts.add();
    long now = worker.now();
    attempt.start(
        kind,
        attempts.count(),
        region,
        endpoint,
        context.pools().of(snapshot().target(endpoint.id())),
        fresh ? candidates.enterAgain(region) : candidates.takeEntered(),
        now);
    nextMoveNanos = now + raceDelay(region);
    if (!attempt.connect(fresh)) {
      log.overflow();
      attempt.close(AttemptOutcome.CANCELLED);
      return false;
    }
    arm();
    return true;
  }

  /** How long a connect may take before the next region's starts too. */
  private static long raceDelay(RoutedRegion region) {
    long delay = region.estimateNanos() * 3 / 2 + 30_000_000;
    return Math.clamp(delay, 50_000_000, 400_000_000);
  }

  /** An attempt has its connection. */
  void attemptReady(Attempt attempt) {
    boolean underWay =
        committed != null || tunnel || (attempt.kind() != Kind.HEDGE && attempts.anySent());
    if (ended || underWay) {
      candidates.giveBack(attempt.endpoint());
      attempt.drop(AttemptOutcome.CANCELLED);
      return;
    }
    if (attempt.kind() != Kind.HEDGE) {
      attempts.dropOthers(attempt, candidates, context);
    }
    send(attempt);
  }

  // ---- 5 forwarded

  private void send(Attempt attempt) {
    long now = worker.now();
    attempts.sending();
    UpstreamConnection connection = attempt.send(head, now);
    String region = attempt.region().name();
    RequestWriter.write(
        connection.headRoom(RequestWriter.size(head, downstream().peer(), region, replay.source())),
        head,
        downstream().peer(),
        snapshot().via().entry(downstream().http2()),
        query.location,
        requestId.bytes(),
        requestId.length(),
        trace,
        region,
        replay.source(),
        attempt.number());
    connection.headWritten();
    request.start(connection, snapshot().config().failover().replayBody(), downstream());
    nextMoveNanos = now + Overdue.after(attempt);
    arm();
    if (!request.reading()) {
      connection.flush();
    }
  }

  /** The next {@code length} bytes of {@code in} are body of the request: takes them all. */
  public void requestData(ByteBuf in, int length) {
    lastDataNanos = worker.now();
    if (tunnel) {
      tunnelled += length;
      int passed = stream().fromClient(in, length);
      committed().connection().sendData(in, passed);
      in.skipBytes(length - passed);
      return;
    }
    request.data(
        in,
        length,
        taker(),
        committed != null,
        snapshot().config().failover().replayBody(),
        downstream());
    if (beacon && request.bytes() > Beacon.MOST && !ended) {
      fail(new ErrorAnswer(413, "report too large", "http_request_denied", "", 0, false));
    }
  }

  /** The request is complete. */
  public void requestEnd() {
    request.end(taker());
    if (beacon && !ended) {
      takeBeacon();
    }
  }

  /** Who is to have the request's body; null if nobody has its head yet. */
  private @Nullable Attempt taker() {
    return committed != null ? committed : attempts.sent();
  }

  /** The client's bytes break the protocol in the body: nothing that was sent may look whole. */
  public void requestBroken(ErrorAnswer answer) {
    log.clientBrokeProtocol();
    refuse(answer);
  }

  /** Bytes from the client are being handled: what goes upstream is sent when all are. */
  public void requestReading(boolean reading) {
    request.reading(reading);
    if (!reading && !ended) {
      for (int i = 0; i < attempts.count(); i++) {
        Attempt attempt = attempts.get(i);
        if (attempt.live() && attempt.sent() && attempt.hasConnection()) {
          request.flush(attempt.connection(), tunnel, downstream());
        }
      }
    }
  }

  void upstreamWritable() {
    if (request.paused()) {
      request.resume(downstream());
    }
  }

  // ---- 6 answered

  void responseInformational(ResponseHead response) {
    if (committed == null && attempts.sentCount() == 1 && head.minorVersion() > 0) {
      downstream().sendInformational(response);
    }
  }

  void responseHead(Attempt attempt, ResponseHead response) {
    Failover failover = snapshot().config().failover();
    status = response.status();
    if (response.upgraded() && !(head.upgrade() && downstream().accepts(response))) {
      failAttempt(attempt, UpstreamFailure.BAD_RESPONSE);
      return;
    }
    ReplicaBoard replicas = snapshot().replicas();
    if (replicas != null) {
      replicas.answered(attempt.endpoint().id(), response, query.safe, worker.now());
    }
    DataFilter data = route().data();
    if (data != null && replay.asked(data, response) && !response.upgraded()) {
      sendOn(attempt);
      return;
    }
    if (snapshot().failure(status)) {
      tell(attempt, Outcome.BAD_STATUS);
      boolean refused = status == 503 && failover.replayOn503();
      if (mayMove(true, refused) == null && moveOn(attempt)) {
        return;
      }
    }
    if (rescued(status, status)) {
      return;
    }
    commit(attempt);
    if (!query.safe) {
      CacheTurns.changed(context.cache(), head, response, downstream().peer());
    }
    CachingDownstream stage = caching;
    if (stage != null && !stage.answered(attempt, response)) {
      askAnew(attempt);
      return;
    }
    lastDataNanos = worker.now();
    hold.begin(
        response,
        query.repeatable && !grpc && request.replayable(),
        attempt.region().estimateNanos(),
        lastDataNanos,
        deadlineNanos);
    if (hold.holding()) {
      downstream().hold();
    }
    byte[] cookie =
        route().setCookie(query, attempt.region().name(), downstream().peer().secured() != null);
    if (cookie != null) {
      response.append(SET_COOKIE, cookie);
    }
    if (route().config().serverTiming()) {
      response.append(
          ServerTiming.NAME, ServerTiming.value(attempt, log.startNanos(), lastDataNanos));
    }
    if (data != null) {
      answered(data, attempt, response);
    }
    if (route().explains(head)) {
      response.append(
          DECISION, Explainer.line(route(), query, snapshot().routingFor(query.address)));
    }
    downstream().sendHead(response);
    if (response.upgraded()) {
      tunnel = true;
      attempt.connection().tunnel();
      stream = context.streams().join(this, attempt.endpoint().id(), true);
      leaveAdmission();
      downstream().tunnel();
    } else if (EventStream.is(response)) {
      stream = context.streams().join(this, attempt.endpoint().id(), false);
    }
  }

  /** What the answer says of the client's data is kept for its next request. */
  private void answered(DataFilter data, Attempt attempt, ResponseHead response) {
    RoutedRegion region = attempt.region();
    boolean tls = downstream().peer().secured() != null;
    byte[] wrote = data.wroteCookie(query, response, region.name(), tls);
    if (wrote != null) {
      response.append(SET_COOKIE, wrote);
    }
    byte[] home = data.homeCookie(query, response, tls);
    if (home != null) {
      response.append(SET_COOKIE, home);
    }
    if (data.stale(query, region.index(), snapshot().routing().replicas())) {
      context.counters().staleRead(route().name());
    }
  }

  /** The endpoint says that the request belongs to another region: once it goes there. */
  private void sendOn(Attempt attempt) {
    attempts.dropOthers(attempt, candidates, context);
    attempt.drop(AttemptOutcome.SUCCESS);
    status = 0;
    String fault =
        replay.take(snapshot().routing().regions(), attempt.region(), request.replayable());
    context.counters().replayed(route().name(), fault == null ? "sent" : fault);
    if (fault != null) {
      log.replayRefused();
      fail(new ErrorAnswer(502, "not sent on", "proxy_configuration_error", fault, 0, false));
      return;
    }
    attempts.nextRound();
    decide();
  }

  /** The request that was sent later was answered first: the earlier ones were late. */
  private void tellOverdue(Attempt winner) {
    for (int i = 0; i < attempts.count(); i++) {
      Attempt loser = attempts.get(i);
      if (loser != winner && loser.live() && loser.sent() && !loser.overdue()) {
        loser.markOverdue();
        tell(loser, Outcome.OVERDUE);
      }
    }
  }

  /** Leaves an endpoint that answered with a failure; false if there is nowhere else to go. */
  private boolean moveOn(Attempt attempt) {
    if (attempts.liveCount() > 1) {
      attempt.drop(AttemptOutcome.BAD_STATUS);
      return true;
    }
    RoutedRegion region = attempt.region();
    if (!mayTry() || !context.budget().spend(worker.now())) {
      return false;
    }
    RoutedEndpoint next = candidates.next(order(), Kind.RETRY, null);
    if (next == null) {
      return false;
    }
    attempt.drop(AttemptOutcome.BAD_STATUS);
    moved(region, candidates.region(), AttemptOutcome.BAD_STATUS);
    if (!start(Kind.RETRY, candidates.region(), next, false) && !startNext(Kind.RETRY, null)) {
      giveUp(RetryDenied.NO_CANDIDATE, UpstreamFailure.BAD_STATUS);
    }
    return true;
  }

  private void commit(Attempt attempt) {
    committed = attempt;
    boolean hedged = attempts.sentCount() > 1;
    if (hedged) {
      context.counters().hedgeWon(attempt.kind() == Kind.HEDGE);
      if (attempt.kind() == Kind.HEDGE) {
        tellOverdue(attempt);
      }
    }
    attempts.dropOthers(attempt, candidates, context);
    if (attempt.number() > 1) {
      log.retried(true);
    }
  }

  // ---- 7 relayed

  void responseData(ByteBuf in, int length) {
    lastDataNanos = worker.now();
    if (tunnel) {
      int passed = stream().fromServer(in, length);
      downstream().sendData(in, passed);
      in.skipBytes(length - passed);
      if (stream().ending()) {
        endTunnel();
      }
    } else {
      downstream().sendData(in, length);
    }
  }

  // ---- a stream that is to end, though both sides would go on

  /** Ends a tunnel or an event stream in order, now or as soon as that can be. */
  void endStream() {
    log.endedByUs();
    stream().end();
    if (tunnel) {
      endTunnel();
    } else {
      hold.release();
      downstream().sendEnd(Body.END);
      downstream().flush();
      finish(true);
    }
  }

  /** It did not come to where it could be ended in order. */
  void cutStream() {
    abortDownstream();
  }

  private void endTunnel() {
    LongStream ending = stream();
    if (!ending.atBoundary()) {
      return;
    }
    ByteBuf toServer = ending.farewellToServer((int) worker.random());
    UpstreamConnection server = committed().connection();
    if (toServer != null) {
      server.sendData(toServer, toServer.readableBytes());
      server.flush();
      toServer.release();
    }
    ByteBuf toClient = ending.farewellToClient();
    if (toClient != null) {
      downstream().sendData(toClient, toClient.readableBytes());
      toClient.release();
    }
    downstream().flush();
    finish(false);
  }

  void responseReadComplete() {
    if (ended || committed == null) {
      return;
    }
    if (hold.holding() && downstream().gatheredBytes() <= ResponseHold.BYTES) {
      nextMoveNanos = hold.until(lastDataNanos);
      arm();
      return;
    }
    release();
  }

  /** What was held back goes out; from here on the answer has begun. */
  private void release() {
    hold.release();
    Downstream client = downstream();
    client.flush();
    Attempt attempt = committed;
    if (!client.writable() && attempt != null && attempt.hasConnection()) {
      attempt.connection().setReading(false);
    }
    nextMoveNanos = worker.now() + bodyTimeoutNanos();
    arm();
  }

  /** The client's socket takes bytes again. */
  public void downstreamWritable() {
    CachingDownstream stage = caching;
    if (stage != null && stage.serving()) {
      stage.pump();
      return;
    }
    Attempt attempt = committed;
    if (attempt != null && attempt.hasConnection()) {
      lastDataNanos = worker.now(); // the endpoint could not send: that was no stall
      attempt.connection().setReading(true);
    }
  }

  /** The client takes its answer too slowly, and is given up. */
  public void clientTooSlow() {
    log.clientGone();
    abortDownstream();
  }

  void responseEnd(Attempt attempt, Body body) {
    log.answeredBy(attempt);
    boolean failure = snapshot().failure(attempt.status());
    attempt.close(failure ? AttemptOutcome.BAD_STATUS : AttemptOutcome.SUCCESS);
    if (tunnel) {
      downstream().flush();
      finish(false);
      return;
    }
    CachingDownstream stage = caching;
    if (stage != null && stage.takesOver()) {
      return;
    }
    downstream().sendEnd(body);
    downstream().flush();
    finish(true);
  }

  // ---- when it goes wrong

  /** Looks after the time: races, hedges, deadlines. */
  @Override
  protected void fire(long now) {
    if (ended || downstream == null) {
      return;
    }
    CachingDownstream stage = caching;
    if (stage != null && stage.keepsTime(now)) {
      return;
    }
    if (parked) {
      fireParked(now);
      return;
    }
    if (committed == null && now - deadlineNanos >= 0) {
      timedOut();
      return;
    }
    if (now - nextMoveNanos < 0) {
      arm();
      return;
    }
    if (committed != null) {
      fireRelaying(now);
    } else if (now - nextMoveNanos > Overdue.OWN_STALL_NANOS) {
      nextMoveNanos = now + Overdue.GRACE_NANOS; // the delay was ours: look at the sockets first
      arm();
    } else if (attempts.anySent()) {
      fireSent(now);
    } else {
      fireConnecting();
    }
  }

  private void fireConnecting() {
    nextMoveNanos = deadlineNanos;
    if (snapshot().config().failover().race()) {
      Attempt slow = attempts.last();
      if (slow != null && startNext(Kind.RACE, slow.region())) {
        return;
      }
    }
    arm();
  }

  private void fireSent(long now) {
    nextMoveNanos = deadlineNanos;
    Attempt late = attempts.last();
    if (late == null) {
      arm();
      return;
    }
    boolean silent = late.sent() && late.pool().lastAnswerNanos() - late.sentNanos() < 0;
    if (silent && !late.overdue()) {
      late.markOverdue();
      tell(late, Outcome.OVERDUE);
    }
    boolean hedge =
        snapshot().config().failover().hedge()
            && request.ended()
            && !head.upgrade()
            && mayTry()
            && mayMove(true, false) == null
            && candidates.more(order());
    if (hedge) {
      if (!context.budget().spend(now)) {
        log.denied(RetryDenied.BUDGET);
      } else if (startNext(Kind.HEDGE, late.region())) {
        return;
      }
    }
    arm();
  }

  private void fireRelaying(long now) {
    if (hold.holding()) {
      releaseOrRefetch(now);
    } else if (now - lastDataNanos >= (tunnel ? tunnelTimeoutNanos() : bodyTimeoutNanos())) {
      if (tunnel) {
        log.timedOut();
        finish(false);
      } else if (downstream().writable()) {
        Attempt stalled = committed();
        failAttempt(stalled, UpstreamFailure.STALLED);
      } else {
        nextMoveNanos = now + bodyTimeoutNanos(); // a client that is too slow is seen elsewhere
        arm();
      }
    } else {
      nextMoveNanos = lastDataNanos + (tunnel ? tunnelTimeoutNanos() : bodyTimeoutNanos());
      arm();
    }
  }

  /**
   * A short answer stopped half way: it is fetched elsewhere, if that can be; else it goes out so.
   */
  private void releaseOrRefetch(long now) {
    long until = hold.until(lastDataNanos);
    if (now - until < 0) { // more came since the timer was set
      nextMoveNanos = until;
      arm();
      return;
    }
    boolean elsewhere =
        hold.knownLength()
            && hold.stalled(lastDataNanos, now)
            && snapshot().config().failover().hedge()
            && now - deadlineNanos < 0
            && mayMove(true, false) == null
            && candidates.more(order())
            && mayTry();
    if (elsewhere) {
      failAttempt(committed(), UpstreamFailure.STALLED);
    } else {
      release();
    }
  }

  private void timedOut() {
    log.timedOut();
    for (int i = 0; i < attempts.count(); i++) {
      Attempt attempt = attempts.get(i);
      if (attempt.live() && attempt.sent()) {
        tell(attempt, Outcome.OVERDUE);
      }
      attempt.drop(attempt.sent() ? AttemptOutcome.OVERDUE : AttemptOutcome.CONNECT_TIMEOUT);
    }
    log.denied(RetryDenied.DEADLINE);
    fail(
        new ErrorAnswer(
            504, "no answer in time", UpstreamFailure.SILENT.proxyStatus(), "deadline", 0, false));
  }

  /** Ends an attempt that is still going, as failed. */
  private void failAttempt(Attempt attempt, UpstreamFailure why) {
    UpstreamConnection connection = attempt.hasConnection() ? attempt.connection() : null;
    if (connection != null) {
      connection.abandon();
    }
    attemptFailed(attempt, why);
  }

  /** An attempt's connection failed, or could not be had. */
  void attemptFailed(Attempt attempt, UpstreamFailure why) {
    if (!attempt.live()) {
      return;
    }
    if (why.blames()) {
      tell(attempt, why.outcome());
    }
    boolean wasCommitted = attempt == committed;
    attempt.close(why.attemptOutcome());
    log.failed(why);
    if (ended) {
      return;
    }
    if (tunnel) {
      finish(false);
      return;
    }
    boolean begun = wasCommitted && !(hold.holding() && downstream().discard());
    if (wasCommitted && !begun) {
      committed = null;
      hold.release();
    }
    if (!wasCommitted && (committed != null || attempts.liveCount() > 0)) {
      return; // another one is under way
    }
    RetryDenied denied =
        begun ? RetryDenied.RESPONSE_BEGUN : mayMove(attempt.sent(), why.unprocessed());
    if (denied == null && attempt.sent() && why.blames() && !context.budget().spend(worker.now())) {
      denied = RetryDenied.BUDGET;
    }
    if (denied != null) {
      giveUp(denied, why);
    } else if (!retry(attempt, why)) {
      giveUp(RetryDenied.NO_CANDIDATE, why);
    }
  }

  private boolean retry(Attempt failed, UpstreamFailure why) {
    if (!mayTry() || !reorder()) {
      return false;
    }
    RoutedRegion from = failed.region();
    boolean stale = failed.pooled() && why == UpstreamFailure.CLOSED && !wellBeside(from);
    if ((why.endpointIsWell() || stale) && start(Kind.RETRY, from, failed.endpoint(), true)) {
      return true;
    }
    if (startNext(Kind.RETRY, null)) {
      moved(from, candidates.region(), why.attemptOutcome());
      return true;
    }
    // A pooled connection that its peer had closed says nothing about the endpoint.
    return failed.pooled() && start(Kind.RETRY, from, failed.endpoint(), true);
  }

  /** Whether there is a better bet than that an old connection had died in its pool. */
  private boolean wellBeside(RoutedRegion from) {
    RegionOrder now = order();
    for (int i = 0; i < now.size(); i++) {
      RoutedRegion other = now.get(i);
      if (other.state() == HealthState.HEALTHY && !other.name().equals(from.name())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Takes the order as it is now. If none is up, the old one is as good; false if none is allowed
   * any more.
   */
  private boolean reorder() {
    if (!refresh()) {
      return true;
    }
    return switch (choose(false)) {
      case Forward(RegionOrder regions, _) -> {
        take(regions);
        yield true;
      }
      case Refuse(Reason reason, _) -> reason == Reason.NO_HEALTHY_REGION;
    };
  }

  private void moved(RoutedRegion from, RoutedRegion to, AttemptOutcome why) {
    context.counters().failover(from.name(), to.name(), why);
    if (!from.name().equals(to.name())) {
      log.failedOver();
    }
  }

  /** Why the request may not move; null if it may. */
  private @Nullable RetryDenied mayMove(boolean sent, boolean refused) {
    return ReplayRule.denied(false, sent, refused, query.repeatable, request.replayable());
  }

  private void giveUp(RetryDenied denied, @Nullable UpstreamFailure why) {
    if (denied != RetryDenied.RESPONSE_BEGUN && rescued(503, why == null ? 0 : why.status())) {
      return;
    }
    if (denied == RetryDenied.NO_CANDIDATE && why != null && mayWait()) {
      if (park(PAUSE_NANOS)) {
        waitsAfter = why;
        return;
      }
      if (attempts.sendings() == 0 && snapshot().config().failover().hold().isPositive()) {
        denied(denied);
        refuse(Reason.NO_HEALTHY_REGION, 503); // as at the end of a wait: nobody could be reached
        return;
      }
    }
    if (denied == RetryDenied.RESPONSE_BEGUN) {
      denied(denied);
      log.terminatedByUpstream();
      abortDownstream();
    } else if (denied == RetryDenied.NO_CANDIDATE && candidates.full()) {
      denied(denied);
      shed(order().first().index());
    } else if (why == null) {
      denied(denied);
      fail(new ErrorAnswer(503, "too many connections", "connection_limit_reached", "", 1, false));
    } else {
      failed(denied, why);
    }
  }

  private void denied(RetryDenied why) {
    log.denied(why);
    if (attempts.count() > 1) {
      log.retried(false);
    }
  }

  private void failed(RetryDenied denied, UpstreamFailure why) {
    denied(denied);
    fail(
        new ErrorAnswer(
            why.status(), "upstream failed", why.proxyStatus(), denied.label(), 0, false));
  }

  /**
   * Whether a request that found nowhere else to go may wait a moment and try all anew: freely if
   * it never left, else if it may be sent once more. The budget has its say when it leaves.
   */
  private boolean mayWait() {
    return attempts.sendings() == 0
        || (mayMove(true, false) == null && attempts.sendings() < mostAttempts());
  }

  private void tell(Attempt attempt, Outcome outcome) {
    context.signals().failure(attempt.region().name(), attempt.endpoint().name(), outcome);
  }

  /** The client is gone: nobody is to blame, nothing more is done. */
  public void clientGone() {
    if (ended) {
      return;
    }
    log.clientGone();
    if (status == 0 || committed == null) {
      status = 499;
    }
    finish(false);
  }

  private void fail(ErrorAnswer answer) {
    if (committed != null && !downstream().discard()) {
      abortDownstream();
      return;
    }
    if (answer.status() >= 500 && rescued(answer.status(), 0)) {
      return;
    }
    boolean cutBody = !request.ended() && head.body() != BodyKind.NONE;
    status = answer.status();
    if (decided && route().explains(head)) {
      told =
          Explainer.field(
              downstream().peer(), route(), query, snapshot().routingFor(query.address));
    }
    if (grpc) {
      downstream().sendGrpcError(Grpc.status(status), answer);
    } else {
      downstream().sendError(answer);
    }
    downstream().flush();
    finish(!answer.close() && !cutBody);
  }

  private void abortDownstream() {
    downstream().abort();
    finish(false);
  }

  // ---- 8 finished

  private void finish(boolean keepAlive) {
    if (ended) {
      return;
    }
    ended = true;
    worker.disarm(this);
    if (parked) {
      unpark();
    }
    leaveAdmission();
    attempts.dropAll(stream != null ? AttemptOutcome.SUCCESS : AttemptOutcome.CLIENT_ABORT);
    Downstream client = downstream();
    log.finish(this, client, status, attempts);
    boolean wasPaused = request.paused();
    reset();
    if (wasPaused) {
      client.setReading(true);
    }
    context.release(this);
    client.finished(keepAlive);
  }

  private void reset() {
    downstream = null;
    snapshot = null;
    route = null;
    caching = null;
    order = null;
    committed = null;
    trace = null;
    parsed = false;
    waitsAfter = null;
    attempts.clear();
    tunnel = false;
    grpc = false;
    decided = false;
    told = null;
    beacon = false;
    if (stream != null) {
      context.streams().leave(stream);
      stream = null;
    }
    hold.release();
    drill.clear();
    replay.clear();
    status = 0;
    tunnelled = 0;
    query.location = Location.UNKNOWN;
    query.head = null;
    client.clear();
    request.clear();
    head.clear();
  }

  // ---- small parts

  /** Whether another attempt may be started. */
  private boolean mayTry() {
    return attempts.count() < mostAttempts() && attempts.sendings() < mostAttempts();
  }

  private int mostAttempts() {
    return snapshot().config().failover().attempts();
  }

  private void arm() {
    long due = committed == null ? Math.min(nextMoveNanos, deadlineNanos) : nextMoveNanos;
    worker.arm(this, due);
  }

  private long bodyTimeoutNanos() {
    return grpc ? tunnelTimeoutNanos() : snapshot().config().timeouts().responseBody().toNanos();
  }

  private long tunnelTimeoutNanos() {
    return snapshot().config().timeouts().tunnelIdle().toNanos();
  }

  /** Whether the head was accepted; else none of it is worth repeating. */
  boolean parsed() {
    return parsed;
  }

  RequestId requestId() {
    return requestId;
  }

  /** Field lines of our own that the answer carries, each with its line end. */
  public byte[] ownResponseFields() {
    return told == null ? downstream().peer().responseFields() : told;
  }

  /** The request's id; the first {@link #requestIdLength} bytes of this. */
  public byte[] requestIdBytes() {
    return requestId.bytes();
  }

  public int requestIdLength() {
    return requestId.length();
  }

  /** The connection ended before a request was there. */
  public void abandon() {
    ended = true;
    reset();
    context.release(this);
  }

  /** Whose request it is, as endpoints are told by a PROXY header. */
  ClientEnds clientEnds() {
    return downstream().peer().ends(client.address());
  }

  ClientAddress client() {
    return client;
  }

  RouteQuery query() {
    return query;
  }

  @Nullable Trace trace() {
    return trace;
  }

  DrilledWorld.Mark drill() {
    return drill;
  }

  @Nullable CompiledRoute matchedRoute() {
    return route;
  }

  long requestBodyBytes() {
    return tunnelled + request.bytes();
  }

  Snapshot snapshot() {
    return present(snapshot);
  }

  private Downstream downstream() {
    return present(downstream);
  }

  private CompiledRoute route() {
    return present(route);
  }

  private RegionOrder order() {
    return present(order);
  }

  private LongStream stream() {
    return present(stream);
  }

  private Attempt committed() {
    return present(committed);
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the exchange has not got so far, or is over");
    }
    return value;
  }
}
