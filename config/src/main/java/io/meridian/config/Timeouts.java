package io.meridian.config;

import java.time.Duration;

/**
 * @param requestHead from a request's first byte to the end of its head
 * @param requestBody between two reads of a request's body
 * @param connect opening one connection to an endpoint, TLS included
 * @param responseBody between two reads of a response's body
 * @param idle a client connection without a request
 * @param upstreamIdle a pooled connection without a request: keep it below the endpoints' own
 * @param tunnelIdle an upgraded connection without a byte in either direction
 * @param drain on stop, how long requests in flight may still take
 */
public record Timeouts(
    Duration requestHead,
    Duration requestBody,
    Duration connect,
    Duration responseBody,
    Duration idle,
    Duration upstreamIdle,
    Duration tunnelIdle,
    Duration drain) {}
