package io.meridian.config;

import org.jspecify.annotations.Nullable;

/**
 * This edge: a name for logs, and where it stands (the latency prior needs it; null is "unknown").
 */
public record Edge(String name, @Nullable Coordinates location) {}
