package io.meridian.proxy.upstream;

import io.meridian.proxy.telemetry.EndpointMeters;
import java.net.SocketAddress;

/**
 * One endpoint as something to connect to. One object for as long as the process lives, so that
 * pools and meters survive a reload.
 *
 * @param id from 0: index of its pool in every loop
 * @param name {@code host:port}
 * @param address resolved if the host is a literal; names are resolved at each connect
 */
public record Target(
    int id, String region, String name, SocketAddress address, EndpointMeters meters) {}
