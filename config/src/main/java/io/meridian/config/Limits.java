package io.meridian.config;

/**
 * @param requestLine bytes of a request line
 * @param head bytes of a message head, request or response
 * @param fields fields of a message head
 * @param body bytes of a request body; 0: no limit
 * @param connections client connections at a time, all listeners together
 * @param upstreamConnections connections to one endpoint at a time, per worker
 * @param upstreamIdleConnections pooled connections without a request to one endpoint, per worker
 */
public record Limits(
    int requestLine,
    int head,
    int fields,
    long body,
    int connections,
    int upstreamConnections,
    int upstreamIdleConnections) {}
