package io.meridian.proxy.exchange;

import io.meridian.config.Tracing;
import io.meridian.proxy.cache.CacheRules;
import io.meridian.proxy.compress.Compression;
import io.meridian.proxy.exchange.Attempt.Kind;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.telemetry.AttemptOutcome;
import io.meridian.proxy.telemetry.Trace;
import io.meridian.proxy.upstream.ClientEnds;
import io.meridian.proxy.upstream.UpstreamFailure;
import io.netty.buffer.ByteBuf;
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
 *
 * <p>The steps are told here; what each of them takes is in the parts, which are made once with the
 * exchange and reused with it.
 */
public final class ProxyExchange extends TimerWheel.Timer {
  private final LoopContext context;
  private final Worker worker;
  private final HeadRules rules;
  private final RequestHead head;
  private final RequestId requestId = new RequestId();
  private final ExchangeLog log;
  private final Destination destination;
  private final Gate gate;
  private final RequestRelay request;
  private final Attempts attempts = new Attempts(this);
  private final Dispatch dispatch;
  private final RegionWait wait;
  private final LastResort lastResort;
  private final Recovery recovery;
  private final Acceptance acceptance;
  private final ResponseRelay response;
  private final StreamRelay stream;
  private final AnswerFields fields;
  private final CachedAnswer cached;

  // event loop only, all for the present request
  private @Nullable Downstream downstream;
  private @Nullable Trace trace;
  private byte @Nullable [] told; // fields of an answer of our own that says why
  private boolean parsed;
  private boolean beacon;
  private boolean decided;
  private boolean ended;
  private long nextMoveNanos;
  private int status;

  ProxyExchange(LoopContext context) {
    this.context = context;
    worker = context.worker();
    rules = context.headRules();
    head = rules.newHead();
    log = new ExchangeLog(context);
    destination = new Destination(context, head);
    gate = new Gate(context, head, destination, log);
    request = new RequestRelay(worker, context.replayMemory(), destination, attempts);
    dispatch = new Dispatch(this, context, destination, request, attempts, log);
    wait = new RegionWait(this, context, destination, attempts, log);
    lastResort = new LastResort(this, context, destination, dispatch, attempts, wait, log);
    recovery = new Recovery(this, context, destination, dispatch, attempts, lastResort, log);
    acceptance = new Acceptance(this, context, destination, request, recovery);
    response = new ResponseRelay(this, worker, destination, dispatch, attempts, log);
    stream = new StreamRelay(this, context, attempts);
    fields = new AnswerFields(destination, log, context.counters());
    cached = new CachedAnswer(this, context, destination);
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

  // ---- 1 arrived, 2 located

  /**
   * The head is complete.
   *
   * @param firstByteNanos when its first byte came
   * @param complete whether it has no body
   */
  public void arrived(long firstByteNanos, Body body, boolean complete) {
    Downstream client = downstream();
    Peer peer = client.peer();
    destination.begin();
    parsed = true;
    request.begin(body, complete);
    log.begin(firstByteNanos, worker.now());
    context.budget().earn();
    requestId.choose(head, peer.trusted(), worker);
    Tracing tracing = destination.snapshot().config().tracing();
    if (tracing != null) {
      trace = Trace.of(tracing, head, peer.trusted(), worker::random);
    }
    destination.locate(peer);
    ErrorAnswer refusal = gate.enter(client);
    if (refusal == null) {
      admitted(client, complete);
    } else {
      refuse(refusal);
    }
  }

  private void admitted(Downstream client, boolean complete) {
    CompiledRoute route = destination.route();
    Compression compression = route.compression();
    if (compression != null) {
      downstream = context.compressing(client, compression, head);
    }
    CacheRules cache = route.cache();
    if (route.config().beacon()) {
      awaitBeacon(complete);
    } else if (cache == null) {
      decide();
    } else {
      CachingDownstream stage = cached.before(downstream(), cache);
      downstream = stage;
      if (!stage.begin()) {
        decide();
      }
    }
  }

  /** The request is for the edge itself: a browser tells of its round trips. */
  private void awaitBeacon(boolean complete) {
    ErrorAnswer refusal = Beacon.refusal(head, complete);
    if (refusal == null) {
      beacon = true;
      wakeAt(answerByNanos());
    } else {
      refuse(refusal);
    }
  }

  /** The route that it had is there no more. */
  void noRoute() {
    refuse(gate.noRoute());
  }

  /**
   * A request that can't be served as it is: answers and ends. The connection closes if it must.
   */
  public void refuse(ErrorAnswer answer) {
    if (!destination.begun()) {
      destination.begin();
      requestId.choose(head, false, worker);
      log.begin(worker.now(), worker.now());
    }
    fail(answer);
  }

  // ---- 3 decided

  /** All begins again, but for what was sent. */
  void decideAnew() {
    status = 0;
    attempts.nextRound();
    decide();
  }

  void decide() {
    destination.ask(downstream().peer());
    destination.forgetTried();
    decided = true;
    switch (destination.choose(true)) {
      case Forward(RegionOrder regions, RouteDecision.Why why) -> forward(regions, why);
      case Refuse(Reason reason, int code) -> lastResort.nowhere(reason, code);
    }
  }

  private void forward(RegionOrder regions, RouteDecision.Why why) {
    RoutedRegion elsewhere =
        gate.grpc() || attempts.sendings() > 0 ? null : destination.steered(regions);
    if (elsewhere != null) {
      steer(elsewhere);
      return;
    }
    destination.take(regions);
    Snapshot snapshot = destination.snapshot();
    RoutedRegion first = regions.first();
    if (why == RouteDecision.Why.SPILL) {
      snapshot.spilled(regions.get(1).index(), first.index(), context.counters());
    }
    log.decided(regions, why, snapshot.regionMeters(first.index()), destination.drill().moved());
    if (!dispatch.startNext(Kind.FIRST, null)) {
      lastResort.noneTaken();
    }
  }

  /** The client is sent to a region's own address instead. */
  private void steer(RoutedRegion to) {
    CompiledRoute route = destination.route();
    context.counters().steered(route.name(), to.name());
    log.steered();
    fail(Redirect.toRegion(route, to, head, downstream().peer().secured() != null));
  }

  // ---- 4 connected, 5 forwarded

  /** An attempt has its connection. */
  void attemptReady(Attempt attempt) {
    dispatch.ready(attempt);
  }

  /** An attempt's connection failed, or could not be had. */
  void attemptFailed(Attempt attempt, UpstreamFailure why) {
    recovery.failed(attempt, why);
  }

  /** The next {@code length} bytes of {@code in} are body of the request: takes them all. */
  public void requestData(ByteBuf in, int length) {
    response.moving();
    if (stream.tunnel()) {
      stream.clientData(in, length);
      return;
    }
    request.data(in, length, downstream());
    if (beacon && request.bytes() > Beacon.MOST && !ended) {
      fail(Beacon.TOO_LARGE);
    }
  }

  /** The request is complete. */
  public void requestEnd() {
    request.end();
    if (beacon && !ended) {
      fail(Beacon.answer(request.held(), destination, context.counters()));
    }
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
      request.flush(stream.tunnel(), downstream());
    }
  }

  void upstreamWritable() {
    if (request.paused()) {
      request.resume(downstream());
    }
  }

  // ---- 6 answered

  void responseInformational(ResponseHead answer) {
    if (attempts.committed() == null && attempts.sentCount() == 1 && head.minorVersion() > 0) {
      downstream().sendInformational(answer);
    }
  }

  void responseHead(Attempt attempt, ResponseHead answer) {
    status = answer.status();
    if (!acceptance.accepts(attempt, answer)) {
      return;
    }
    dispatch.commit(attempt);
    Downstream client = downstream();
    Peer peer = client.peer();
    RouteQuery query = destination.query();
    if (!query.safe) {
      CacheTurns.changed(context.cache(), head, answer, peer);
    }
    if (!cached.answered(attempt, answer)) {
      askAnew(attempt);
      return;
    }
    response.begin(attempt, answer, query.repeatable && !gate.grpc() && request.replayable());
    fields.append(answer, attempt, peer, response.lastDataNanos());
    client.sendHead(answer);
    stream.begin(attempt, answer);
    if (stream.tunnel()) {
      gate.leave(); // it takes next to nothing any more
      client.tunnel();
    }
  }

  /** What was stored is another than the endpoint speaks of: it is asked without conditions. */
  private void askAnew(Attempt attempt) {
    attempts.uncommit();
    response.letGo();
    attempt.drop(AttemptOutcome.SUCCESS);
    decideAnew();
  }

  /** A stored answer begins to go out. */
  void answeringByCache(int code) {
    status = code;
    if (attempts.committed() == null) {
      attempts.dropAll(AttemptOutcome.CANCELLED);
    }
  }

  // ---- 7 relayed

  void responseData(ByteBuf in, int length) {
    response.moving();
    if (stream.tunnel()) {
      stream.serverData(in, length);
    } else {
      downstream().sendData(in, length);
    }
  }

  void responseReadComplete() {
    if (!ended && attempts.committed() != null) {
      response.readComplete();
    }
  }

  /** The client's socket takes bytes again. */
  public void downstreamWritable() {
    if (!cached.pumps()) {
      response.writable();
    }
  }

  void responseEnd(Attempt attempt, Body body) {
    log.answeredBy(attempt);
    boolean failure = destination.snapshot().failure(attempt.status());
    attempt.close(failure ? AttemptOutcome.BAD_STATUS : AttemptOutcome.SUCCESS);
    if (stream.tunnel()) {
      downstream().flush();
      finish(false);
    } else if (!cached.takesOver()) {
      downstream().sendEnd(body);
      downstream().flush();
      finish(true);
    }
  }

  /** A tunnel or an event stream ends in order, now or as soon as that can be. */
  void endStream() {
    log.endedByUs();
    stream.end();
  }

  /** It did not come to where it could be ended in order. */
  void cutStream() {
    abort();
  }

  // ---- when it takes long

  /** Looks after the time: races, hedges, deadlines. */
  @Override
  protected void fire(long now) {
    if (ended || downstream == null) {
      return;
    }
    if (cached.keepsTime(now)) {
      return;
    }
    if (wait.waiting()) {
      wait.fire(now, lastResort);
      return;
    }
    Attempt committed = attempts.committed();
    if (committed == null && now - answerByNanos() >= 0) {
      lastResort.timedOut();
    } else if (now - nextMoveNanos < 0) {
      arm();
    } else if (committed != null) {
      response.fire(committed, now, recovery);
    } else if (now - nextMoveNanos > Overdue.OWN_STALL_NANOS) {
      wakeAt(now + Overdue.GRACE_NANOS); // the delay was ours: look at the sockets first
    } else {
      dispatch.fire(now);
    }
  }

  /** When to look again, unless it is over by then; {@link #arm} follows. */
  void nextMove(long nanos) {
    nextMoveNanos = nanos;
  }

  void wakeAt(long nanos) {
    nextMove(nanos);
    arm();
  }

  void arm() {
    boolean answered = attempts.committed() != null;
    worker.arm(this, answered ? nextMoveNanos : Math.min(nextMoveNanos, answerByNanos()));
  }

  // ---- when it goes wrong

  /** The client takes its answer too slowly, and is given up. */
  public void clientTooSlow() {
    log.clientGone();
    abort();
  }

  /** The client is gone: nobody is to blame, nothing more is done. */
  public void clientGone() {
    if (ended) {
      return;
    }
    log.clientGone();
    if (status == 0 || attempts.committed() == null) {
      status = 499;
    }
    finish(false);
  }

  /** What is stored goes out in place of a failure, if it may; true if so. */
  boolean rescued(int code, int answered) {
    return cached.rescues(code, answered, wait);
  }

  /** An answer of our own, in place of any that had not begun. */
  void fail(ErrorAnswer answer) {
    if (attempts.committed() != null && !downstream().discard()) {
      abort();
      return;
    }
    if (answer.status() >= 500 && rescued(answer.status(), 0)) {
      return;
    }
    boolean cutBody = !request.ended() && head.body() != BodyKind.NONE;
    Downstream client = downstream();
    status = answer.status();
    if (decided && destination.route().explains(head)) {
      told = Explainer.field(client.peer(), destination);
    }
    if (gate.grpc()) {
      client.sendGrpcError(Grpc.status(status), answer);
    } else {
      client.sendError(answer);
    }
    client.flush();
    finish(!answer.close() && !cutBody);
  }

  /** The answer can't be completed. */
  void abort() {
    downstream().abort();
    finish(false);
  }

  // ---- 8 finished

  void finish(boolean keepAlive) {
    if (ended) {
      return;
    }
    ended = true;
    worker.disarm(this);
    wait.end();
    gate.leave();
    attempts.dropAll(stream.lasting() ? AttemptOutcome.SUCCESS : AttemptOutcome.CLIENT_ABORT);
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

  /** The connection ended before a request was there. */
  public void abandon() {
    ended = true;
    reset();
    context.release(this);
  }

  private void reset() {
    downstream = null;
    trace = null;
    told = null;
    parsed = false;
    beacon = false;
    decided = false;
    status = 0;
    gate.clear();
    cached.clear();
    attempts.clear();
    stream.clear();
    response.letGo();
    destination.clear();
    request.clear();
    head.clear();
  }

  // ---- what others ask of it

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

  RequestId requestId() {
    return requestId;
  }

  /** Whose request it is, as endpoints are told by a PROXY header. */
  ClientEnds clientEnds() {
    return downstream().peer().ends(destination.client().address());
  }

  Downstream downstream() {
    Downstream client = downstream;
    if (client == null) {
      throw new IllegalStateException("the exchange is over");
    }
    return client;
  }

  Destination destination() {
    return destination;
  }

  ResponseRelay response() {
    return response;
  }

  StreamRelay stream() {
    return stream;
  }

  @Nullable Trace trace() {
    return trace;
  }

  /** Whether the head was accepted; else none of it is worth repeating. */
  boolean parsed() {
    return parsed;
  }

  boolean grpc() {
    return gate.grpc();
  }

  boolean ended() {
    return ended;
  }

  /** When the answer must have begun. */
  long answerByNanos() {
    return gate.deadlineNanos();
  }

  long requestBodyBytes() {
    return stream.fromClient() + request.bytes();
  }
}
