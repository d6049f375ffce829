package io.meridian.health;

import io.meridian.config.Region;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A world in virtual time: regions with round trips and faults, the real board and switch rule, and
 * around them the simplest proxy that keeps to the view: 200 requests a second, an overdue or
 * failed one is told to the board, spans of traffic are folded four times a second.
 */
final class Simulation {
  static final long MILLI = 1_000_000L;
  private static final double SERVICE_MILLIS = 10;

  /** What a region does to probes and to requests. */
  static final class Fault {
    boolean refuses;
    boolean drops;
    double probeFails; // probability of a wrong status
    double requestFails; // probability of a wrong status
    double probeDelayMillis;
    double requestDelayMillis;
    double loss; // probability that a packet is lost, each way
  }

  /** One region of one endpoint. */
  static final class Place {
    final String name;
    final double baseMillis;
    double millis;
    Fault fault = new Fault();

    Place(String name, double millis) {
      this.name = name;
      this.baseMillis = millis;
      this.millis = millis;
    }

    String endpoint() {
      return name + ".test:80";
    }
  }

  /** One request: which region it went to first, and whether that one served it. */
  record Sent(double atMillis, String region, boolean served) {}

  private record Event(long at, long order, Runnable task) {}

  final HealthBoard board;
  final List<Place> places = new ArrayList<>();
  final List<HealthEvent> events = new ArrayList<>();
  final List<Sent> sent = new ArrayList<>();
  final Map<Double, HealthView> views = new TreeMap<>();
  HealthView view;
  int requestEveryMillis = 5;
  double coldMillis; // what an endpoint's first probe takes on top
  boolean lateAnswersServe; // no hedge is faster

  private final PriorityQueue<Event> queue =
      new PriorityQueue<>((a, b) -> {
        int byTime = Long.compare(a.at(), b.at());
        return byTime != 0 ? byTime : Long.compare(a.order(), b.order());
      });
  private final SplittableRandom random;
  private final Map<EndpointEntry, Long> nextProbe = new HashMap<>();
  private final Map<EndpointEntry, Long> lastProbe = new HashMap<>();
  private final Map<String, long[]> folds = new HashMap<>(); // successes, failures
  private final Map<String, double[]> times = new HashMap<>(); // sum of ln(ms), count
  private SwitchRule.Incumbent incumbent = SwitchRule.Incumbent.NONE;
  private long now;
  private long order;

  Simulation(long seed, double... millis) {
    random = new SplittableRandom(seed);
    List<Region> regions = new ArrayList<>();
    for (double ms : millis) {
      Place place = new Place("r" + places.size(), ms);
      places.add(place);
      regions.add(Configs.region(place.name, null, "http://" + place.endpoint()));
    }
    InstantSource clock = () -> java.time.Instant.ofEpochMilli(now / MILLI);
    board = new HealthBoard(clock, events::add);
    board.configure(Configs.config(null, Configs.health(Configs.HEALTHZ), regions), now);
    view = board.view(now);
    board.endpoints().forEach(e -> at(now, () -> probe(e)));
    every(50 * MILLI, () -> board.tick(now));
    every(250 * MILLI, this::fold);
    at(1000 * MILLI, this::request);
  }

  double nowMillis() {
    return now / 1e6;
  }

  void run(double untilMillis) {
    long end = (long) (untilMillis * MILLI);
    while (!queue.isEmpty() && queue.peek().at() <= end) {
      Event e = queue.poll();
      now = e.at();
      e.task().run();
      settle();
    }
    now = end;
  }

  void at(double millis, Runnable task) {
    at((long) (millis * MILLI), task);
  }

  /** How often the region that answers 90 % of half a second changed since {@code fromMillis}. */
  int moves(double fromMillis) {
    Map<Long, Map<String, Integer>> slots = new TreeMap<>();
    for (Sent s : sent) {
      if (s.served() && s.atMillis() >= fromMillis) {
        slots
            .computeIfAbsent((long) (s.atMillis() / 500), _ -> new HashMap<>())
            .merge(s.region(), 1, Integer::sum);
      }
    }
    int moves = 0;
    String last = "";
    for (Map<String, Integer> slot : slots.values()) {
      int all = slot.values().stream().mapToInt(i -> i).sum();
      for (var e : slot.entrySet()) {
        if (e.getValue() >= 0.9 * all && !e.getKey().equals(last)) {
          moves += last.isEmpty() ? 0 : 1;
          last = e.getKey();
        }
      }
    }
    return moves;
  }

  /** Time of the first of 20 requests in a row that this region served, from a time on. */
  double servedBy(String region, double fromMillis) {
    int row = 0;
    double first = Double.NaN;
    for (Sent s : sent) {
      if (s.atMillis() < fromMillis) {
        continue;
      }
      if (s.served() && s.region().equals(region)) {
        first = row++ == 0 ? s.atMillis() : first;
        if (row == 20) {
          return first;
        }
      } else {
        row = 0;
      }
    }
    return Double.POSITIVE_INFINITY;
  }

  long unserved(double fromMillis, double toMillis) {
    return sent.stream()
        .filter(s -> !s.served() && s.atMillis() >= fromMillis && s.atMillis() < toMillis)
        .count();
  }

  RegionHealth region(String name) {
    return view.regions().stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
  }

  private void at(long time, Runnable task) {
    queue.add(new Event(Math.max(time, now), order++, task));
  }

  private void every(long nanos, Runnable task) {
    at(
        now + nanos,
        () -> {
          task.run();
          every(nanos, task);
        });
  }

  /** What the monitor does after each signal. */
  private void settle() {
    for (EndpointEntry e : board.takeDoubtful()) {
      long due = lastProbe.getOrDefault(e, 0L) + board.pace().intervalNanos(e, now);
      if (board.pace().bursts(e, now) && due < nextProbe.getOrDefault(e, 0L)) {
        schedule(e, Math.max(now, due));
      }
    }
    if (board.hasChanged() || board.hasJumped() || board.hasMoved()) {
      view = board.view(now);
      views.put(nowMillis(), view);
    }
  }

  private void schedule(EndpointEntry e, long time) {
    nextProbe.put(e, time);
    at(
        time,
        () -> {
          if (nextProbe.getOrDefault(e, -1L) == time) {
            probe(e);
          }
        });
  }

  private void probe(EndpointEntry e) {
    lastProbe.put(e, now);
    double jitter = 0.9 + 0.2 * random.nextDouble();
    schedule(e, now + (long) (board.pace().intervalNanos(e, now) * jitter));
    long started = now;
    long timeout = board.pace().timeoutNanos(e);
    Place place = place(e.key.region());
    Fault f = place.fault;
    double cold = e.met ? 0 : coldMillis;
    double rtt = place.millis * (0.97 + 0.06 * random.nextDouble()) + cold;
    double whole = 2 * rtt + 1 + f.probeDelayMillis;
    boolean lost = f.drops || anyLost(f, 4);
    boolean bad = random.nextDouble() < f.probeFails;
    if (f.refuses && !lost) {
      at(
          started + (long) (rtt * MILLI),
          () -> board.probeFailed(e, started, true, "connect refused", now));
    } else if (lost || whole * MILLI > timeout) {
      at(started + timeout, () -> board.probeFailed(e, started, true, "overdue", now));
    } else {
      at(
          started + (long) (whole * MILLI),
          () -> {
            if (bad) {
              board.probeFailed(e, started, false, "status 503", now);
            } else {
              board.probeOk(e, started, rtt, whole, now);
              if (e.takeRepeat()) {
                schedule(e, now);
              }
            }
          });
    }
  }

  private boolean anyLost(Fault f, int packets) {
    return f.loss > 0 && random.nextDouble() > Math.pow(1 - f.loss, packets);
  }

  private void request() {
    at(now + requestEveryMillis * MILLI, this::request);
    List<SwitchRule.Candidate> candidates =
        view.regions().stream()
            .map(r -> new SwitchRule.Candidate(r.estimateMillis(), r.samples(), r.state()))
            .toList();
    incumbent = SwitchRule.next(incumbent, candidates, now);
    if (incumbent.index() < 0) {
      return; // parked
    }
    int chosen = incumbent.index();
    for (int i = 0; i < view.regions().size(); i++) {
      RegionHealth r = view.regions().get(i);
      if (r.state() == HealthState.PROBATION
          && r.estimateMillis() < view.regions().get(chosen).estimateMillis()
          && random.nextDouble() < r.share()) {
        chosen = i;
      }
    }
    attempt(places.get(chosen), view.regions().get(chosen).estimateMillis());
  }

  private void attempt(Place place, double estimate) {
    Fault f = place.fault;
    double rtt = place.millis * (0.97 + 0.06 * random.nextDouble());
    double answer = rtt + SERVICE_MILLIS + f.requestDelayMillis;
    double hedge = Math.max(50, 2 * estimate) + SERVICE_MILLIS;
    double sentAt = nowMillis();
    boolean lost = f.drops || anyLost(f, 2);
    if (f.refuses && !lost) {
      fails(place, sentAt, rtt, Outcome.CONNECT_FAILED);
    } else if (lost || answer > hedge) {
      fails(place, sentAt, hedge, Outcome.OVERDUE);
      if (lateAnswersServe && !lost) {
        at(sentAt + answer, () -> folds.computeIfAbsent(place.name, _ -> new long[2])[0]++);
      }
    } else if (random.nextDouble() < f.requestFails) {
      fails(place, sentAt, answer, Outcome.BAD_STATUS);
    } else {
      at(
          sentAt + answer,
          () -> {
            sent.add(new Sent(sentAt, place.name, true));
            folds.computeIfAbsent(place.name, _ -> new long[2])[0]++;
            double[] time = times.computeIfAbsent(place.name, _ -> new double[2]);
            time[0] += Math.log(answer);
            time[1]++;
          });
    }
  }

  private void fails(Place place, double sentAt, double after, Outcome outcome) {
    at(
        sentAt + after,
        () -> {
          sent.add(new Sent(sentAt, place.name, false));
          folds.computeIfAbsent(place.name, _ -> new long[2])[1]++;
          board.failure(place.name, place.endpoint(), outcome, now);
        });
  }

  private void fold() {
    for (Place place : places) {
      long[] counts = folds.remove(place.name);
      double[] time = times.remove(place.name);
      if (counts != null) {
        double mean = time == null ? Double.NaN : time[0] / time[1];
        int samples = time == null ? 0 : (int) time[1];
        board.traffic(place.name, place.endpoint(), counts[0], counts[1], mean, samples, now);
      }
    }
  }

  private Place place(String name) {
    return places.stream().filter(p -> p.name.equals(name)).findFirst().orElseThrow();
  }
}
