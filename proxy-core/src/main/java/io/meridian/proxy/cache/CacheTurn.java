package io.meridian.proxy.cache;

import io.meridian.geo.Location;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One request's turn with the cache: what it finds, what an endpoint is asked, what becomes of the
 * answer. It knows no connection; its thread is the request's.
 *
 * @see "RFC 9111, 4"
 */
public final class CacheTurn {
  /** What to do with the request. */
  public enum Step {
    /** Give out what is stored. */
    SERVE,
    /** Give out what is stored, and fetch it anew meanwhile. */
    SERVE_AND_REFRESH,
    /** Ask an endpoint. */
    FETCH,
    /** Refuse it: the client wants nothing but what is stored. */
    REFUSE
  }

  /** What to do with an endpoint's answer. */
  public enum Verdict {
    /** Pass it on. */
    PASS,
    /** Pass it on, and keep it. */
    STORE,
    /** The client has it already: say so, and keep it. */
    STORE_UNSEEN,
    /** Give out what is stored. */
    SERVE,
    /** It speaks of something else: ask again without conditions. */
    ASK_ANEW
  }

  private final ResponseCache cache;
  private final CacheRules rules;
  private final String key;
  private final RequestHead request;
  private final Location location;
  private final Predicate<String> regions;
  private final Wish wish;
  private final Conditions conditions;
  private final Inquiry inquiry;
  private @Nullable StoredResponse found;
  private @Nullable Recording recording;
  private @Nullable Flight flight;
  private long requestNanos;
  private String forward = "fwd=miss";

  /**
   * @param regions which the client may have answers of
   */
  public CacheTurn(
      ResponseCache cache,
      CacheRules rules,
      String key,
      RequestHead request,
      Location location,
      Predicate<String> regions) {
    this.cache = cache;
    this.rules = rules;
    this.key = key;
    this.request = request;
    this.location = location;
    this.regions = regions;
    wish = Wish.of(request, rules);
    inquiry = new Inquiry(request);
    conditions = Conditions.of(request);
  }

  /** Whether requests like this have anything to do with a cache. */
  public static boolean concerns(RequestHead head) {
    boolean reads = head.method() == Method.GET || head.method() == Method.HEAD;
    return reads && !head.hasBody() && !head.upgrade() && head.authorityLength() > 0;
  }

  public String key() {
    return key;
  }

  public CacheRules rules() {
    return rules;
  }

  // ---- what is stored

  /** Looks for an answer. */
  public Step look(long nowNanos) {
    StoredResponse stored = cache.find(key, rules.route(), request, location, regions);
    found = stored;
    if (stored == null) {
      forward = cache.has(key) ? "fwd=vary-miss" : "fwd=uri-miss";
      return wish.onlyIfCached() ? Step.REFUSE : Step.FETCH;
    }
    if (wish.takes(stored, nowNanos)) {
      return Step.SERVE;
    }
    boolean fresh = stored.fresh(nowNanos);
    forward = fresh ? "fwd=request" : "fwd=stale";
    if (wish.onlyIfCached()) {
      return Step.REFUSE;
    }
    boolean meanwhile = !fresh && wish.takesMeanwhile(stored, nowNanos);
    return meanwhile ? Step.SERVE_AND_REFRESH : Step.FETCH;
  }

  /** Whether what is stored may stand in for an answer that can't be had, or is a 5xx. */
  public boolean mayRescue(long nowNanos) {
    StoredResponse stored = found;
    return stored != null && regions.test(stored.region()) && wish.takesForError(stored, nowNanos);
  }

  /** Whether an answer with that status is one that what is stored may stand in for. */
  public static boolean rescues(int status) {
    return status == 500 || status == 502 || status == 503 || status == 504;
  }

  /**
   * Fills a head for what is stored, as this request is to get it.
   *
   * @param status of the cache, as {@code Cache-Status} has it behind our name
   */
  public Content render(ResponseHead into, long nowNanos, String status) {
    StoredResponse stored = Objects.requireNonNull(found, "nothing was found");
    return render(stored, Math.max(0, stored.age(nowNanos)), status, into);
  }

  private Content render(StoredResponse stored, long age, String status, ResponseHead into) {
    inquiry.end();
    return Content.render(stored, request.method(), conditions, age, status, into);
  }

  /** Whether anything was stored, be it stale. */
  public boolean hasFound() {
    return found != null;
  }

  /** What {@code Cache-Status} says of a hit. */
  public String hit(long nowNanos) {
    StoredResponse stored = Objects.requireNonNull(found, "nothing was found");
    return "hit; ttl=" + stored.left(nowNanos);
  }

  // ---- what is asked

  /** Whether to wait for another request that fetches the same, or to let others wait. */
  public boolean coalesces() {
    return rules.coalesceNanos() > 0
        && request.method() == Method.GET
        && conditions.range() == null
        && !wish.noStore()
        && !request.has(FieldId.AUTHORIZATION)
        && !wish.noCache()
        && !cache.passes(key);
  }

  /** Takes the lead in fetching; false if another has it. */
  public boolean lead() {
    flight = cache.lead(key);
    return flight != null;
  }

  /** Waits for who has the lead; false if nobody has it, or too many wait. */
  public boolean join(Runnable landed, Runnable lost) {
    return cache.join(key, unknown -> (unknown ? lost : landed).run());
  }

  /**
   * Makes the request's head one that an endpoint is asked with: for the whole answer, if that may
   * be stored, and only if what is stored is not good any more (RFC 9111, 4.3.1).
   */
  public void ask() {
    StoredResponse stored = found;
    boolean storable = stored != null || (conditions.range() == null && !cache.passes(key));
    if (request.method() == Method.GET && !wish.noStore() && !inquiry.whole() && storable) {
      inquiry.begin(stored);
    }
  }

  // ---- what is answered

  /**
   * An answer's head is here.
   *
   * @param region that it came from
   * @param sentNanos when its request was sent
   * @param nowNanos now, by the ticker
   * @param epochMillis now, by the clock
   * @param scratch a head to work in
   */
  public Verdict answered(
      ResponseHead answer,
      String region,
      long sentNanos,
      long nowNanos,
      long epochMillis,
      ResponseHead scratch) {
    StoredResponse stored = found;
    Storing.Receipt receipt = new Storing.Receipt(region, sentNanos, nowNanos, epochMillis);
    requestNanos = sentNanos;
    if (answer.status() == 304 && inquiry.validates() && stored != null) {
      return notModified(answer, stored, receipt, scratch);
    }
    if (request.method() == Method.HEAD) {
      headSeen(answer, stored, receipt, scratch);
      return Verdict.PASS;
    }
    StoredResponse made =
        regions.test(region) ? Storing.storable(request, location, answer, receipt, rules) : null;
    if (made == null || answer.contentLength() > cache.largest()) {
      if (answer.status() < 500
          && answer.status() != 304
          && answer.status() != 206
          && !wish.noStore()) {
        cache.pass(key, true);
      }
      landed(false);
      return Verdict.PASS;
    }
    Recording begun = new Recording(cache, made);
    if (answer.contentLength() > 0 && !begun.room((int) answer.contentLength())) {
      landed(false);
      return Verdict.PASS;
    }
    recording = begun;
    boolean fresh = made.fresh(nowNanos);
    if (!fresh) {
      cache.pass(key, true);
      landed(false); // those who wait would have to ask themselves anyway
    } else {
      cache.pass(key, false);
    }
    return inquiry.whole() && conditions.conditional() && conditions.notModified(made)
        ? Verdict.STORE_UNSEEN
        : Verdict.STORE;
  }

  private Verdict notModified(
      ResponseHead answer, StoredResponse stored, Storing.Receipt receipt, ResponseHead scratch) {
    if (!Conditions.selects(answer, stored)) {
      cache.replace(key, stored, null);
      found = null;
      inquiry.end();
      return Verdict.ASK_ANEW;
    }
    scratch.expectFor(Method.GET);
    StoredResponse newer = Storing.freshened(stored, answer, scratch, receipt, rules);
    cache.replace(key, stored, newer);
    found = newer;
    landed(false);
    return Verdict.SERVE;
  }

  /** What an answer to HEAD says of a stored answer to GET (RFC 9111, 4.3.5). */
  private void headSeen(
      ResponseHead answer,
      @Nullable StoredResponse stored,
      Storing.Receipt receipt,
      ResponseHead scratch) {
    if (stored == null || answer.status() != 200 || stored.status() != 200 || wish.noStore()) {
      return;
    }
    boolean same =
        (answer.contentLength() < 0 || answer.contentLength() == stored.body().length)
            && sameIfSaid(Fields.first(answer, "etag"), stored.etag())
            && sameIfSaid(Fields.first(answer, "last-modified"), stored.lastModified());
    if (same) {
      scratch.expectFor(Method.GET);
      cache.replace(key, stored, Storing.freshened(stored, answer, scratch, receipt, rules));
    } else {
      cache.replace(key, stored, null);
    }
  }

  private static boolean sameIfSaid(@Nullable String said, @Nullable String stored) {
    return said == null || said.equals(stored);
  }

  /** What {@code Cache-Status} says of an answer that is passed on. */
  public String forwarded(boolean stored) {
    return stored ? forward + "; stored" : forward;
  }

  /** What it says of one that was given out after an endpoint was asked. */
  public String forwarded(int status) {
    return forward + "; fwd-status=" + status;
  }

  /** Fills the head of a 304, as the client has already what is being stored. */
  public void renderUnseen(ResponseHead into, String status) {
    StoredResponse made = Objects.requireNonNull(recording, "nothing is stored").answer();
    render(made, made.initialAgeMillis() / 1000, status, into);
  }

  /** The next bytes of the answer; they are copied. */
  public void data(ByteBuf in, int length) {
    Recording current = recording;
    if (current != null && !current.add(in, length)) {
      current.cancel();
      recording = null;
      cache.pass(key, true);
      landed(false);
    }
  }

  /** The answer is whole. */
  public void end() {
    Recording current = recording;
    if (current != null) {
      recording = null;
      cache.put(key, current.end(), rules.byRegion(), requestNanos);
    }
    landed(false);
  }

  /** The answer that began was taken back, or broke off. */
  public void broken() {
    Recording current = recording;
    if (current != null) {
      recording = null;
      current.cancel();
    }
  }

  /** Nothing will be stored, and who waits need not wait again. */
  public void settled() {
    broken();
    landed(false);
  }

  /** The request is over, whatever became of it. */
  public void over() {
    broken();
    landed(true);
  }

  private void landed(boolean lost) {
    Flight mine = flight;
    if (mine != null) {
      flight = null;
      cache.land(mine, lost);
    }
  }
}
