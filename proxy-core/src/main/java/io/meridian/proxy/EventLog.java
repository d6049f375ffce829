package io.meridian.proxy;

import io.meridian.health.HealthEvent;
import io.meridian.health.HealthState;
import io.meridian.proxy.admin.Event;
import io.meridian.proxy.exchange.ReplicaBoard;
import io.meridian.proxy.telemetry.Counters;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What changed and why: each change is one event, told in the process log, counted, kept for the
 * API (the latest few hundred), and given to who listens. Any thread.
 */
final class EventLog {
  private static final Logger log = LoggerFactory.getLogger(Meridian.class);
  private static final int KEPT = 200;

  /** What something was changed to, if it could not be. */
  static final String REFUSED = "refused";

  /** What an endpoint would have been, but for {@code health.report_only}. */
  private static final String WOULD_EJECT = "would eject";

  /** What kind of change an event is; its label is one of a metric as well. */
  enum Kind {
    HEALTH,
    CONTROL,
    DRILL,
    HOLD,
    EDGE,
    CONFIG,
    GEO,
    LAG;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final InstantSource clock;
  private final Counters counters;
  private final Deque<Event> latest = new ArrayDeque<>(); // guarded by itself
  private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();

  EventLog(InstantSource clock, Counters counters) {
    this.clock = clock;
    this.counters = counters;
  }

  /** An endpoint or a region changed its state. */
  void health(HealthEvent event) {
    counters.healthChanged(event);
    log.info(
        "{} {}: {} -> {}: {}",
        event.region(),
        event.endpoint(),
        event.from(),
        event.hypothetical() ? WOULD_EJECT : event.to(),
        event.cause());
    add(
        new Event(
            event.epochMillis(),
            Kind.HEALTH.label(),
            event.region(),
            event.endpoint(),
            label(event.from()),
            event.hypothetical() ? WOULD_EJECT : label(event.to()),
            event.cause()));
  }

  /** An operator changed a region, or that ended; the audit log has a line of its own for it. */
  void control(Event event) {
    add(event);
  }

  /** A region's copy of the data has crossed a route's bound. */
  void crossed(ReplicaBoard.Crossing crossing) {
    String from = crossing.lagging() ? "fresh" : "lagging";
    String to = crossing.lagging() ? "lagging" : "fresh";
    String lag =
        Double.isNaN(crossing.lagMillis())
            ? "lag not known"
            : String.format(Locale.ROOT, "lag %.0f ms", crossing.lagMillis());
    String cause = "route " + crossing.route() + ", " + lag;
    log.info("{}: {} -> {}: {}", crossing.region(), from, to, cause);
    add(new Event(clock.millis(), Kind.LAG.label(), crossing.region(), "", from, to, cause));
  }

  /** The edge itself, or what it runs on, changed. */
  void edge(Kind kind, String from, String to, String cause) {
    if (to.equals(REFUSED)) {
      log.warn("{}: {}, the last good one stays: {}", kind.label(), to, cause);
    } else {
      log.info("{}: {} -> {}: {}", kind.label(), from, to, cause);
    }
    add(new Event(clock.millis(), kind.label(), "", "", from, to, cause));
  }

  private void add(Event event) {
    counters.event(event.kind());
    synchronized (latest) {
      if (latest.size() == KEPT) {
        latest.removeLast();
      }
      latest.addFirst(event);
    }
    listeners.forEach(listener -> listener.accept(event));
  }

  /** The latest first. */
  List<Event> latest() {
    synchronized (latest) {
      return List.copyOf(latest);
    }
  }

  /** Hears every event from now on, on the thread that it happens on. */
  void onEvent(Consumer<Event> listener) {
    listeners.add(listener);
  }

  private static String label(HealthState state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
