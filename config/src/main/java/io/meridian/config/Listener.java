package io.meridian.config;

import java.util.List;

/**
 * An address that clients connect to, in plain HTTP/1.1.
 *
 * @param trustedProxies downstream addresses whose forwarding fields are believed
 */
public record Listener(String name, HostPort address, List<Cidr> trustedProxies) {}
