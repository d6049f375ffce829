package io.meridian.proxy.routing;

import io.meridian.config.Route;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an order of regions depends on: routes and fences that agree on all of it share one plan.
 *
 * @param policy how the allowed regions are ordered
 * @param candidates names of the route's regions, in its order
 * @param allowed those of them that the fence leaves, in the same order
 * @param fence name of the fence that binds; null: none does
 * @param refusalStatus what is answered if the fence leaves nothing
 */
public record PlanKey(
    Route.Policy policy,
    List<String> candidates,
    List<String> allowed,
    @Nullable String fence,
    int refusalStatus) {}
