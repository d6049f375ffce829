package io.meridian.proxy.exchange;

import io.meridian.proxy.exchange.Attempt.Kind;
import io.meridian.proxy.telemetry.AttemptOutcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The attempts of one exchange, in the order of their start. Reused with it; event loop only. */
final class Attempts {
  private final ProxyExchange exchange;
  private final List<Attempt> all = new ArrayList<>(4);
  private int count;
  private int sendings;
  private @Nullable Attempt committed;

  Attempts(ProxyExchange exchange) {
    this.exchange = exchange;
  }

  /** How many were started in this round. */
  int count() {
    return count;
  }

  /** How often the request was sent, in all rounds. */
  int sendings() {
    return sendings;
  }

  /** One of them sends the request. */
  void sending() {
    sendings++;
  }

  Attempt get(int index) {
    return all.get(index);
  }

  /** The next one, not started yet. */
  Attempt add() {
    if (all.size() == count) {
      all.add(new Attempt(exchange));
    }
    return all.get(count++);
  }

  /** The one whose answer the client gets; null: none has answered so far. */
  @Nullable Attempt committed() {
    return committed;
  }

  void commit(Attempt attempt) {
    committed = attempt;
  }

  /** Its answer was taken back. */
  void uncommit() {
    committed = null;
  }

  /** They count no more, but for what was sent: another round begins. */
  void nextRound() {
    count = 0;
  }

  void clear() {
    count = 0;
    sendings = 0;
    committed = null;
  }

  boolean anySent() {
    return sent() != null;
  }

  int liveCount() {
    int live = 0;
    for (int i = 0; i < count; i++) {
      live += all.get(i).live() ? 1 : 0;
    }
    return live;
  }

  /** Those under way that have got the request. */
  int sentCount() {
    int sent = 0;
    for (int i = 0; i < count; i++) {
      sent += all.get(i).live() && all.get(i).sent() ? 1 : 0;
    }
    return sent;
  }

  /** The first one under way that has got the request; null if none has. */
  @Nullable Attempt sent() {
    for (int i = 0; i < count; i++) {
      Attempt attempt = all.get(i);
      if (attempt.live() && attempt.sent()) {
        return attempt;
      }
    }
    return null;
  }

  /** The last one under way; null if none is. */
  @Nullable Attempt last() {
    for (int i = count - 1; i >= 0; i--) {
      if (all.get(i).live()) {
        return all.get(i);
      }
    }
    return null;
  }

  /** Ends all but one, which has won. */
  void dropOthers(Attempt chosen, Candidates candidates, LoopContext context) {
    for (int i = 0; i < count; i++) {
      Attempt attempt = all.get(i);
      if (attempt != chosen && attempt.live()) {
        if (attempt.kind() == Kind.RACE || chosen.kind() == Kind.RACE) {
          context.counters().raceWon(chosen.kind() == Kind.RACE);
        }
        if (!attempt.sent()) {
          candidates.giveBack(attempt.endpoint());
        }
        attempt.drop(attempt.overdue() ? AttemptOutcome.OVERDUE : AttemptOutcome.CANCELLED);
      }
    }
  }

  void dropAll(AttemptOutcome how) {
    for (int i = 0; i < count; i++) {
      all.get(i).drop(how);
    }
  }
}
