package io.meridian.config;

import java.util.List;

/**
 * When a request may move to another endpoint or region.
 *
 * @param attempts the most attempts of one request, the first included, 1 to 10
 * @param race whether a slow connect is raced against the next region's
 * @param hedge whether an overdue repeatable request is sent to the next region too
 * @param retryOn response statuses that count as failures of the endpoint and may be retried
 * @param replayOn503 whether a 503, by which a server says that it did not handle the request (RFC
 *     9110, 15.6.4), lets a request of any method move while its body is still held
 * @param budget retries and hedges allowed, in percent of requests
 * @param budgetFloor retries and hedges a second that are always allowed
 * @param replayBody bytes of one request's body that are held for a replay
 * @param replayTotal bytes of all bodies that are held for a replay
 */
public record Failover(
    int attempts,
    boolean race,
    boolean hedge,
    List<Integer> retryOn,
    boolean replayOn503,
    int budget,
    int budgetFloor,
    long replayBody,
    long replayTotal) {}
