/**
 * Where a request may go and in which order: pure, without I/O or clock. Read RoutingSnapshot, then
 * Router; PlanBuilder makes the orders that Router picks from.
 */
@NullMarked
package io.meridian.proxy.routing;

import org.jspecify.annotations.NullMarked;
