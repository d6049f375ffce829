package io.meridian.proxy.routing;

import io.meridian.proxy.routing.Ordering.Listed;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an order of regions depends on: routes and fences that agree on all of it share one plan.
 *
 * @param ordering how the allowed regions are ordered
 * @param candidates names of the regions for ordinary requests, in the order of the file
 * @param forbidden regions that a fence leaves out, each with the fence that does
 * @param refusalStatus what is answered if the fences leave nothing
 * @param canary region that is tried out; null: none is
 * @param canaryPercent of ordinary requests that it gets
 * @param pinnable whether requests may ask for one region
 */
public record PlanKey(
    Ordering ordering,
    List<String> candidates,
    Map<String, String> forbidden,
    int refusalStatus,
    @Nullable String canary,
    int canaryPercent,
    boolean pinnable) {

  /** A key of a route without pins and canary. */
  static PlanKey of(
      Ordering ordering, List<String> candidates, Map<String, String> forbidden, int status) {
    return new PlanKey(ordering, candidates, forbidden, status, null, 0, false);
  }

  /** Why a region that a request asks for is the first. */
  Why pinWhy(String region) {
    return region.equals(canary) ? Why.CANARY : Why.PINNED;
  }

  /**
   * The regions that may serve, whether they are up or not, as they are listed.
   *
   * @param promoted which ones an operator put first
   */
  public List<String> serving(Predicate<String> promoted) {
    List<String> serving = new ArrayList<>(candidates);
    serving.removeAll(forbidden.keySet());
    if (ordering instanceof Listed listed && listed.promotable()) {
      serving.sort(Comparator.comparing(name -> !promoted.test(name)));
      return listed.manual() && !serving.isEmpty() ? List.of(serving.getFirst()) : serving;
    }
    return serving;
  }

  boolean allows(String region) {
    return !forbidden.containsKey(region);
  }
}
