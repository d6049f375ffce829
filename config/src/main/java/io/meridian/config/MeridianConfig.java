package io.meridian.config;

import java.util.List;

/**
 * The whole configuration file, checked: names are unique, every reference resolves, every list is
 * in the file's order.
 *
 * @param version the file format's version, 1
 * @param workers event loops that carry traffic; 0 means one for each core
 * @param transport which socket interface the event loops use
 */
public record MeridianConfig(
    int version,
    Edge edge,
    int workers,
    Transport transport,
    List<Listener> listeners,
    Admin admin,
    Geo geo,
    List<Region> regions,
    Health health,
    List<Fence> fences,
    List<Route> routes,
    Failover failover,
    Timeouts timeouts,
    Limits limits,
    AccessLog accessLog) {

  /** Socket interface of the event loops; {@code AUTO} takes the best that this kernel offers. */
  public enum Transport {
    AUTO,
    IO_URING,
    EPOLL,
    NIO
  }
}
