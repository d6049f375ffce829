package io.meridian.proxy.admin;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an operator asks of a region.
 *
 * @param percent of its normal traffic; for {@code DIAL} only, else 0
 * @param ttl how long it is to hold; null for {@code CLEAR}
 * @param by who asks, as they say; with the address that it comes from
 */
public record ControlRequest(
    String region, Action action, int percent, @Nullable Duration ttl, String by, String reason) {
  private static final String PREFIX = "/api/regions/";

  /** What can be done to a region. */
  public enum Action {
    DRAIN,
    DOWN,
    UP,
    DIAL,
    /** Ends what was asked before, so that the region is as the file says. */
    CLEAR;

    /** As paths, logs and metrics call it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether a path is of the form {@code /api/regions/NAME/ACTION}. */
  static boolean fits(String path) {
    return path.startsWith(PREFIX) && path.indexOf('/', PREFIX.length()) > 0;
  }

  /**
   * Reads path, {@code ttl=}, {@code reason=}, {@code percent=} and {@code by=}.
   *
   * @throws IllegalArgumentException if a parameter is missing, unknown, twice there or malformed
   */
  static ControlRequest from(String path, QueryStringDecoder query, String address) {
    String[] names = path.substring(PREFIX.length()).split("/", -1);
    Action action = action(names.length == 2 ? names[1] : "");
    Set<String> known =
        switch (action) {
          case DIAL -> Set.of("ttl", "reason", "by", "percent");
          case DRAIN, DOWN, UP -> Set.of("ttl", "reason", "by");
          case CLEAR -> Set.of("reason", "by");
        };
    Parameters given = new Parameters(query, known);
    return new ControlRequest(
        names[0],
        action,
        action == Action.DIAL ? given.percent("percent") : 0,
        action == Action.CLEAR ? null : given.time("ttl"),
        given.text("by", "somebody") + " from " + address,
        given.text("reason", ""));
  }

  private static Action action(String name) {
    for (Action action : Action.values()) {
      if (action.label().equals(name)) {
        return action;
      }
    }
    throw new IllegalArgumentException(
        "unknown action: " + name + " (expected: drain, down, up, dial or clear)");
  }
}
