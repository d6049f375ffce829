package io.meridian.proxy;

import io.meridian.geo.GeoService.DatabaseStatus;
import java.time.Instant;
import java.util.List;

/** Makes an event of each database that was put in use or refused. On the control loop. */
final class GeoWatch {
  private final EventLog events;
  private List<DatabaseStatus> seen;

  GeoWatch(EventLog events, List<DatabaseStatus> first) {
    this.events = events;
    this.seen = first;
  }

  /** Called about once a second. */
  void look(List<DatabaseStatus> now) {
    for (DatabaseStatus status : now) {
      for (DatabaseStatus before : seen) {
        if (before.kind().equals(status.kind())) {
          compare(before, status);
        }
      }
    }
    seen = now;
  }

  private void compare(DatabaseStatus before, DatabaseStatus now) {
    if (now.refused() != before.refused()) {
      events.edge(EventLog.Kind.GEO, built(now), EventLog.REFUSED, now.lastRefusal());
    }
    if (now.reloads() != before.reloads()
        || now.buildEpochSeconds() != before.buildEpochSeconds()
        || !now.source().equals(before.source())) {
      events.edge(
          EventLog.Kind.GEO, built(before), built(now), now.kind() + " database " + now.source());
    }
  }

  private static String built(DatabaseStatus status) {
    return "built " + Instant.ofEpochSecond(status.buildEpochSeconds());
  }
}
