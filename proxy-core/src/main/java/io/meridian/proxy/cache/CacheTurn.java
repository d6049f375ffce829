package io.meridian.proxy.cache;

import io.meridian.geo.Location;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
  private static final byte[] IF_NONE_MATCH = ascii("If-None-Match");
  private static final byte[] IF_MODIFIED_SINCE = ascii("If-Modified-Since");
  private static final List<String> CONDITIONS =
      List.of("if-none-match", "if-modified-since", "range", "if-range");

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

  /**
   * What of a stored answer goes out behind its head.
   *
   * @param from first byte of the body, none if it is {@code to}
   * @param to behind the last
   */
  @SuppressWarnings("ArrayRecordComponent") // written out, never compared
  public record Content(int status, byte[] body, int from, int to) {}

  private final ResponseCache cache;
  private final CacheRules rules;
  private final String key;
  private final RequestHead request;
  private final Location location;
  private final Predicate<String> regions;
  private final Directives control;
  private final Conditions conditions;
  private final boolean onlyIfCached;
  private final boolean noStore;
  private final List<Integer> omitted = new ArrayList<>();
  private @Nullable StoredResponse found;
  private @Nullable Recording recording;
  private @Nullable Flight flight;
  private long requestNanos;
  private boolean asked; // the endpoint, whether what was found is still good
  private boolean whole; // the client's own conditions were kept from the endpoint
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
    String said = Fields.all(request, "cache-control");
    Directives all = Directives.of(said);
    String pragma = said == null ? Fields.all(request, "pragma") : null;
    Directives wanted =
        pragma != null && Directives.of(pragma).has("no-cache") ? Directives.of("no-cache") : all;
    control = rules.clientControl() ? wanted : Directives.NONE;
    onlyIfCached = all.has("only-if-cached");
    noStore = all.has("no-store");
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
      return onlyIfCached ? Step.REFUSE : Step.FETCH;
    }
    if (satisfies(stored, nowNanos)) {
      return Step.SERVE;
    }
    boolean fresh = stored.fresh(nowNanos);
    forward = fresh ? "fwd=request" : "fwd=stale";
    if (onlyIfCached) {
      return Step.REFUSE;
    }
    boolean meanwhile =
        !fresh
            && !stored.life().strict()
            && !control.has("no-cache")
            && !control.has("max-age")
            && !control.has("min-fresh")
            && -stored.left(nowNanos) < stored.life().whileRevalidateSeconds();
    return meanwhile ? Step.SERVE_AND_REFRESH : Step.FETCH;
  }

  private boolean satisfies(StoredResponse stored, long nowNanos) {
    long age = stored.age(nowNanos);
    long left = stored.left(nowNanos);
    if (stored.life().noCache() || control.has("no-cache")) {
      return false;
    }
    long maxAge = control.seconds("max-age");
    if (maxAge != Directives.ABSENT && age > maxAge) {
      return false;
    }
    if (left > 0) {
      return left >= Math.max(0, control.seconds("min-fresh"));
    }
    long maxStale = control.maxStale();
    return maxStale != Directives.ABSENT && !stored.life().strict() && -left <= maxStale;
  }

  /** Whether what is stored may stand in for an answer that can't be had, or is a 5xx. */
  public boolean mayRescue(long nowNanos) {
    StoredResponse stored = found;
    if (stored == null
        || onlyIfCached
        || !regions.test(stored.region())
        || stored.life().strict()) {
      return false;
    }
    long wanted = Math.max(stored.life().ifErrorSeconds(), control.seconds("stale-if-error"));
    return wanted > 0 && -stored.left(nowNanos) < wanted;
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
    restore();
    return render(stored, into, Math.max(0, stored.age(nowNanos)), status);
  }

  private Content render(StoredResponse stored, ResponseHead into, long age, String status) {
    byte[] own = ascii("Age: " + age + "\r\nCache-Status: meridian; " + status + "\r\n");
    into.expectFor(request.method());
    byte[] body = stored.body();
    if (conditions.conditional() && conditions.notModified(stored)) {
      Rendering.parse(into, 304, List.of(stored.lines(), own), -1);
      Rendering.withoutContent(into);
      return new Content(304, body, 0, 0);
    }
    ByteRange part = request.method() == Method.GET ? conditions.part(stored) : null;
    if (part != null && !part.satisfiable()) {
      byte[] range = ascii("Content-Range: bytes */" + body.length + "\r\n");
      Rendering.parse(into, 416, List.of(stored.lines(), own, range), 0);
      return new Content(416, body, 0, 0);
    }
    if (part != null) {
      byte[] range =
          ascii(
              "Content-Range: bytes "
                  + part.from()
                  + "-"
                  + (part.to() - 1)
                  + "/"
                  + body.length
                  + "\r\n");
      int length = part.to() - part.from();
      Rendering.parse(into, 206, List.of(stored.lines(), own, range), length);
      return new Content(206, body, part.from(), part.to());
    }
    Rendering.parse(into, stored.status(), List.of(stored.lines(), own), body.length);
    boolean bodiless = into.body() == BodyKind.NONE;
    return new Content(stored.status(), body, 0, bodiless ? 0 : body.length);
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
        && !noStore
        && !request.has(FieldId.AUTHORIZATION)
        && !control.has("no-cache")
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
    boolean validates = stored != null && stored.hasValidator();
    if (request.method() != Method.GET || noStore || asked || whole) {
      return;
    }
    if (stored == null && (conditions.range() != null || cache.passes(key))) {
      return;
    }
    whole = true;
    for (String name : CONDITIONS) {
      for (int i = request.find(name, 0); i >= 0; i = request.find(name, i + 1)) {
        request.omit(i);
        omitted.add(i);
      }
    }
    if (!validates || stored == null) {
      return;
    }
    asked = true;
    if (stored.etag() != null) {
      request.append(IF_NONE_MATCH, latin(stored.etag()));
    }
    if (stored.lastModified() != null) {
      request.append(IF_MODIFIED_SINCE, latin(stored.lastModified()));
    }
  }

  /** The request's head is again as the client sent it. */
  private void restore() {
    if (whole) {
      whole = false;
      if (asked) {
        asked = false;
        for (String name : CONDITIONS) {
          for (int i = request.find(name, 0); i >= 0; i = request.find(name, i + 1)) {
            request.omit(i);
          }
        }
      }
      omitted.forEach(request::restore);
      omitted.clear();
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
    if (answer.status() == 304 && asked && stored != null) {
      return notModified(answer, stored, receipt, scratch);
    }
    if (request.method() == Method.HEAD) {
      headSeen(answer, stored, receipt, scratch);
      return Verdict.PASS;
    }
    StoredResponse made =
        regions.test(region) ? Storing.storable(request, location, answer, receipt, rules) : null;
    if (made == null || answer.contentLength() > cache.largest()) {
      if (answer.status() < 500 && answer.status() != 304 && answer.status() != 206 && !noStore) {
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
    return whole && conditions.conditional() && conditions.notModified(made)
        ? Verdict.STORE_UNSEEN
        : Verdict.STORE;
  }

  private Verdict notModified(
      ResponseHead answer, StoredResponse stored, Storing.Receipt receipt, ResponseHead scratch) {
    if (!Conditions.selects(answer, stored)) {
      cache.replace(key, stored, null);
      found = null;
      restore();
      whole = false;
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
    if (stored == null || answer.status() != 200 || stored.status() != 200 || noStore) {
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
    restore();
    render(made, into, made.initialAgeMillis() / 1000, status);
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

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] latin(@Nullable String text) {
    return Objects.requireNonNull(text, "no text").getBytes(StandardCharsets.ISO_8859_1);
  }
}
