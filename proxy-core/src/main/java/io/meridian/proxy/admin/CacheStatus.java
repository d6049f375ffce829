package io.meridian.proxy.admin;

/**
 * What is stored of answers, over all routes.
 *
 * @param bytes of heads and bodies, about
 * @param maxBytes that they may take
 * @param entries URIs with stored answers
 * @param evictions URIs that were driven out by others since the start
 */
public record CacheStatus(long bytes, long maxBytes, long entries, long evictions) {}
