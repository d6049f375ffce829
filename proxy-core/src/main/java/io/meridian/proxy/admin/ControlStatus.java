package io.meridian.proxy.admin;

import io.meridian.config.ControlRules;
import java.util.List;

/**
 * What operators hold regions to.
 *
 * @param controls those in force
 * @param rules that changes must keep to
 */
public record ControlStatus(List<Active> controls, ControlRules rules) {
  /**
   * One control.
   *
   * @param percent of its normal traffic that the region may have now
   * @param target the same when a drain is through
   */
  public record Active(
      String region,
      String action,
      int percent,
      int target,
      double remainingSeconds,
      long untilEpochMillis,
      String by,
      String reason,
      String source) {}
}
