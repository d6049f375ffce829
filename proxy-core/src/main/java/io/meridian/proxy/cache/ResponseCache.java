package io.meridian.proxy.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.meridian.geo.Location;
import io.meridian.proxy.http.RequestHead;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The stored answers of the process, bounded by their bytes, and which are being fetched. What is
 * asked for often stays (Caffeine's W-TinyLFU). Any thread.
 */
public final class ResponseCache {
  /** Answers of one URI that are kept beside each other. */
  static final int MAX_VARIANTS = 32;

  /** Requests for what could not be stored don't wait for each other for so long. */
  private static final long PASS_SECONDS = 10;

  /** Longer than any fetch that may still store what it began to read before a change. */
  private static final long REMEMBER_MINUTES = 120;

  private static final int KEY_OVERHEAD = 128;

  /** All answers of one URI, newest first. */
  private record Resource(List<StoredResponse> answers) {
    int weight(String key) {
      long sum = KEY_OVERHEAD + 2L * key.length();
      for (StoredResponse answer : answers) {
        sum += answer.weight();
      }
      return (int) Math.min(Integer.MAX_VALUE, sum);
    }
  }

  private final LongSupplier clock;
  private final Cache<String, Resource> resources;
  private final Cache<String, Boolean> passes;
  private final Cache<String, Long> changes; // URIs whose older answers are no good
  private final Map<String, Flight> flights = new ConcurrentHashMap<>();
  private final AtomicLong filling = new AtomicLong();
  private final LongAdder evictions = new LongAdder();
  private volatile io.meridian.config.Cache config;
  private volatile long purgedNanos;
  private volatile boolean purged;
  private volatile boolean used;

  /**
   * @param clock nanoseconds of the ticker that all event loops go by
   */
  public ResponseCache(io.meridian.config.Cache config, LongSupplier clock) {
    this.config = config;
    this.clock = clock;
    resources =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .ticker(clock::getAsLong)
            .maximumWeight(config.maxBytes())
            .weigher((String key, Resource resource) -> resource.weight(key))
            .evictionListener(
                (@Nullable String _, @Nullable Resource _, RemovalCause _) -> evictions.increment())
            .build();
    passes =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .ticker(clock::getAsLong)
            .maximumSize(10_000)
            .expireAfterWrite(PASS_SECONDS, TimeUnit.SECONDS)
            .build();
    changes =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .ticker(clock::getAsLong)
            .maximumSize(10_000)
            .expireAfterWrite(REMEMBER_MINUTES, TimeUnit.MINUTES)
            .build();
  }

  /** Applies other bounds; what is too much goes. */
  public void configure(io.meridian.config.Cache wanted) {
    config = wanted;
    resources.policy().eviction().ifPresent(bound -> bound.setMaximum(wanted.maxBytes()));
  }

  // ---- what is stored

  /**
   * The newest answer that this request may be given, fresh or not; null: there is none.
   *
   * @param regions which it may have answers of
   */
  @Nullable StoredResponse find(
      String key, String route, RequestHead request, Location location, Predicate<String> regions) {
    Resource resource = resources.getIfPresent(key);
    if (resource == null) {
      return null;
    }
    List<StoredResponse> answers = resource.answers;
    for (int i = 0; i < answers.size(); i++) {
      StoredResponse answer = answers.get(i);
      if (answer.answers(route, request, location) && regions.test(answer.region())) {
        return answer;
      }
    }
    return null;
  }

  boolean has(String key) {
    return resources.asMap().containsKey(key);
  }

  /**
   * Keeps an answer in place of the one that it makes obsolete.
   *
   * @param byRegion whether answers of other regions stay
   * @param requestNanos when it was asked for: if it was changed since then, it is not kept
   */
  void put(String key, StoredResponse answer, boolean byRegion, long requestNanos) {
    resources
        .asMap()
        .compute(
            key,
            (_, old) -> {
              if (changedSince(key, requestNanos)) {
                return old;
              }
              used = true;
              List<StoredResponse> answers = new ArrayList<>();
              answers.add(answer);
              if (old != null) {
                for (StoredResponse other : old.answers) {
                  if (answers.size() < MAX_VARIANTS && !replaces(answer, other, byRegion)) {
                    answers.add(other);
                  }
                }
              }
              answers.sort(
                  Comparator.comparingLong(StoredResponse::dateSeconds)
                      .thenComparingLong(StoredResponse::responseNanos)
                      .reversed());
              return new Resource(List.copyOf(answers));
            });
  }

  private static boolean replaces(StoredResponse one, StoredResponse other, boolean byRegion) {
    return one.route().equals(other.route())
        && one.variance().equals(other.variance())
        && (!byRegion || one.region().equals(other.region()));
  }

  /** Puts another in an answer's place, if that is still there; null: nothing. */
  @SuppressWarnings("ReferenceEquality") // the very same
  void replace(String key, StoredResponse old, @Nullable StoredResponse by) {
    resources
        .asMap()
        .computeIfPresent(
            key,
            (_, resource) -> {
              List<StoredResponse> answers = new ArrayList<>();
              for (StoredResponse answer : resource.answers) {
                if (answer != old) {
                  answers.add(answer);
                } else if (by != null) {
                  answers.add(by);
                }
              }
              return answers.isEmpty() ? null : new Resource(List.copyOf(answers));
            });
  }

  private boolean changedSince(String key, long nanos) {
    Long changed = changes.getIfPresent(key);
    return (purged && purgedNanos - nanos >= 0) || (changed != null && changed - nanos >= 0);
  }

  // ---- what is no good any more

  /** Forgets all answers of a URI, those that are under way too; whether there were any. */
  public boolean invalidate(String key) {
    changes.put(key, clock.getAsLong());
    return resources.asMap().remove(key) != null;
  }

  /** Forgets all whose URI begins so, those that are under way too; how many URIs there were. */
  public long purge(String prefix) {
    stopFetches();
    long before = resources.asMap().size();
    resources.asMap().keySet().removeIf(key -> key.startsWith(prefix));
    return Math.max(0, before - resources.asMap().size());
  }

  /** Forgets everything; how many URIs there were. */
  public long purgeAll() {
    stopFetches();
    long before = resources.asMap().size();
    resources.invalidateAll();
    return before;
  }

  private void stopFetches() {
    purgedNanos = clock.getAsLong();
    purged = true;
  }

  /** Forgets what came from regions that are no more. */
  public void retainRegions(Set<String> regions) {
    for (Map.Entry<String, Resource> entry : resources.asMap().entrySet()) {
      for (StoredResponse answer : entry.getValue().answers) {
        if (!regions.contains(answer.region())) {
          replace(entry.getKey(), answer, null);
        }
      }
    }
  }

  // ---- what is under way

  /** Whether anything was ever stored or fetched to be; if not, nothing can be obsolete. */
  public boolean everUsed() {
    return used;
  }

  /** Takes the lead in fetching a URI; null if another request has it. */
  @Nullable Flight lead(String key) {
    used = true;
    Flight mine = new Flight(key);
    return flights.putIfAbsent(key, mine) == null ? mine : null;
  }

  /** Whether the URI is being fetched. */
  public boolean flying(String key) {
    return flights.containsKey(key);
  }

  /** Waits for whoever fetches the URI; false if nobody does any more, or too many wait. */
  boolean join(String key, Flight.Waiter waiter) {
    Flight flight = flights.get(key);
    return flight != null && flight.join(waiter);
  }

  /** The fetch is over: all that wait hear of it. */
  void land(Flight flight, boolean lost) {
    flights.remove(flight.key(), flight);
    flight.land(lost);
  }

  /** Whether requests for it should not wait for each other, as it could not be stored lately. */
  boolean passes(String key) {
    return passes.getIfPresent(key) != null;
  }

  void pass(String key, boolean pass) {
    if (pass) {
      passes.put(key, true);
    } else if (passes.getIfPresent(key) != null) {
      passes.invalidate(key);
    }
  }

  /** Takes memory for an answer that is being read; false if there is none left for it. */
  boolean reserve(long bytes) {
    if (filling.addAndGet(bytes) <= config.maxBytes() / 2) {
      return true;
    }
    filling.addAndGet(-bytes);
    return false;
  }

  void unreserve(long bytes) {
    filling.addAndGet(-bytes);
  }

  /** The longest body that is stored, in bytes. */
  long largest() {
    return config.largestObject();
  }

  // ---- what is to be seen

  /** Bytes of all stored answers, about. */
  public long bytes() {
    return resources.policy().eviction().map(bound -> bound.weightedSize().orElse(0)).orElse(0L);
  }

  /** URIs with stored answers, about. */
  public long size() {
    return resources.estimatedSize();
  }

  /** URIs that were driven out by others so far. */
  public long evictions() {
    return evictions.sum();
  }

  public long maxBytes() {
    return config.maxBytes();
  }
}
