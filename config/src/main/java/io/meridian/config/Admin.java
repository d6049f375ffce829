package io.meridian.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where metrics, health, the API and the page are served: loopback unless the operator says
 * otherwise.
 *
 * @param tokenFile holds the bearer token that changes need; null: changes are refused
 */
public record Admin(HostPort address, @Nullable Path tokenFile) {}
