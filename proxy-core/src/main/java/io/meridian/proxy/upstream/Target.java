package io.meridian.proxy.upstream;

import io.meridian.proxy.telemetry.EndpointMeters;
import java.net.SocketAddress;

/**
 * One endpoint as something to connect to. Its id and meters are the same for as long as the
 * process lives, so that pools survive a reload; another {@code link} is another target.
 *
 * @param id from 0: index of its pool in every loop
 * @param name {@code host:port}
 * @param address resolved if the host is a literal; names are resolved at each connect
 * @param link how it is spoken to
 */
public record Target(
    int id, String region, String name, SocketAddress address, EndpointMeters meters, Link link) {}
