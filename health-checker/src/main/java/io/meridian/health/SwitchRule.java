package io.meridian.health;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * When a ranking changes its first choice, so that noise moves no traffic and a real change moves
 * it at once. Pure. Two speeds: a challenger that is better by 10 % and 5 ms in three evaluations
 * in a row displaces an incumbent that had 30 s; one that is better by 30 % and 25 ms displaces it
 * at once after 10 s. Health goes before both: an incumbent that fails is left at once, and taken
 * again at once when it is healthy and still the faster one.
 */
public final class SwitchRule {
  private static final long DWELL_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long FAST_DWELL_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long EVALUATION_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int EVALUATIONS = 3;
  private static final int SETTLED_SAMPLES = 3;

  private SwitchRule() {}

  /**
   * The first choice of one ranking, and what the rule remembers of it. Kept by whoever ranks.
   *
   * @param index into the candidates; -1: none
   * @param sinceNanos ticker time since which it is the first choice
   * @param better evaluations in a row in which a challenger was better
   * @param evaluatedNanos ticker time of the last evaluation that counted: one a second does
   * @param displaced index of the one that lost its place by health alone; -1: none
   * @param settled whether all candidates had been measured; until then the fastest is simply taken
   */
  public record Incumbent(
      int index, long sinceNanos, int better, long evaluatedNanos, int displaced, boolean settled) {
    /** Where every ranking starts. */
    public static final Incumbent NONE = new Incumbent(-1, 0, 0, 0, -1, false);
  }

  /**
   * One region as a ranking sees it.
   *
   * @param millis estimate of its round trip
   * @param samples how many samples that estimate holds
   */
  public record Candidate(double millis, long samples, HealthState state) {}

  /**
   * @param candidates in an order that does not change from call to call
   * @return the first choice now; {@link Incumbent#index} is -1 if no candidate is usable
   */
  public static Incumbent next(Incumbent old, List<Candidate> candidates, long nowNanos) {
    int best = best(candidates, old.settled());
    if (best < 0) {
      return new Incumbent(-1, nowNanos, 0, nowNanos, origin(old), old.settled());
    }
    boolean settled = old.settled() || isMeasured(candidates);
    if (old.index() < 0 || old.index() >= candidates.size()) {
      return taken(best, best == old.displaced() ? -1 : old.displaced(), settled, nowNanos);
    }
    Candidate incumbent = candidates.get(old.index());
    Candidate challenger = candidates.get(best);
    if (rank(challenger.state()) < rank(incumbent.state())) {
      return taken(best, best == origin(old) ? -1 : origin(old), settled, nowNanos);
    }
    if (best == old.index()) {
      return new Incumbent(
          best, old.sinceNanos(), 0, nowNanos, stillDisplaced(old, candidates), settled);
    }
    if (best == old.displaced() || !old.settled()) {
      return taken(best, -1, settled, nowNanos);
    }
    return contest(old, incumbent, challenger, best, candidates, nowNanos);
  }

  private static Incumbent contest(
      Incumbent old,
      Candidate incumbent,
      Candidate challenger,
      int best,
      List<Candidate> candidates,
      long nowNanos) {
    double gain = incumbent.millis() - challenger.millis();
    long held = nowNanos - old.sinceNanos();
    if (gain > 25 && gain > 0.3 * incumbent.millis() && held >= FAST_DWELL_NANOS) {
      return taken(best, -1, true, nowNanos);
    }
    boolean better = gain > Math.max(5, 0.1 * incumbent.millis());
    boolean counts = nowNanos - old.evaluatedNanos() >= EVALUATION_NANOS || old.better() == 0;
    int row = !better ? 0 : counts ? old.better() + 1 : old.better();
    if (row >= EVALUATIONS && held >= DWELL_NANOS) {
      return taken(best, -1, true, nowNanos);
    }
    long evaluated = counts ? nowNanos : old.evaluatedNanos();
    return new Incumbent(
        old.index(), old.sinceNanos(), row, evaluated, stillDisplaced(old, candidates), true);
  }

  private static Incumbent taken(int index, int displaced, boolean settled, long nowNanos) {
    return new Incumbent(index, nowNanos, 0, nowNanos, displaced, settled);
  }

  /** Who had the place before health took it away, however often it moved since. */
  private static int origin(Incumbent old) {
    return old.displaced() >= 0 ? old.displaced() : old.index();
  }

  /** A displaced one that is healthy again and yet not the best has lost its claim. */
  private static int stillDisplaced(Incumbent old, List<Candidate> candidates) {
    int d = old.displaced();
    boolean back = d >= 0 && d < candidates.size() && rank(candidates.get(d).state()) == 0;
    return back ? -1 : d;
  }

  private static int best(List<Candidate> candidates, boolean settled) {
    int best = -1;
    for (int i = 0; i < candidates.size(); i++) {
      if (candidates.get(i).state().usable()
          && (best < 0 || isBetter(candidates.get(i), candidates.get(best), settled))) {
        best = i;
      }
    }
    return best;
  }

  /** By health first; then, once settled, one that is measured before one that is guessed. */
  private static boolean isBetter(Candidate a, Candidate b, boolean settled) {
    if (rank(a.state()) != rank(b.state())) {
      return rank(a.state()) < rank(b.state());
    }
    boolean guessedA = settled && a.samples() < SETTLED_SAMPLES;
    boolean guessedB = settled && b.samples() < SETTLED_SAMPLES;
    return guessedA == guessedB ? a.millis() < b.millis() : guessedB;
  }

  private static boolean isMeasured(List<Candidate> candidates) {
    for (Candidate c : candidates) {
      if (c.state().usable() && c.samples() < SETTLED_SAMPLES) {
        return false;
      }
    }
    return true;
  }

  private static int rank(HealthState state) {
    return switch (state) {
      case HEALTHY -> 0;
      case PROBATION -> 1;
      case SUSPECT -> 2;
      case EJECTED -> 3;
    };
  }
}
