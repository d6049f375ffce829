package io.meridian.proxy.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Drills of this process.
 *
 * @param active the one that is under way; null: none is
 * @param reports those that are over, newest first
 * @param regions when which one was last practised
 */
public record DrillStatus(
    @Nullable DrillReport active, List<DrillReport> reports, List<Practised> regions) {
  /**
   * When a region's failover was last practised.
   *
   * @param lastSuccessEpochMillis null: never, as far as is known
   */
  public record Practised(String region, @Nullable Long lastSuccessEpochMillis) {}
}
