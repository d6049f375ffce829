package io.meridian.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import io.meridian.config.MeridianConfig;
import io.meridian.proxy.exchange.ClientConnections;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many sockets this process may have. Connections to endpoints need some too; what is beyond
 * would fail in accept and connect, where nobody can be told.
 */
final class FileDescriptors {
  private static final Logger log = LoggerFactory.getLogger(FileDescriptors.class);

  /** For listeners, databases, logs, probes, admin, event loops. */
  private static final int OWN = 256;

  private FileDescriptors() {}

  /** Lets in no more than can be had; says so if the file asks for more. */
  static void check(MeridianConfig config, int workers, ClientConnections connections) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      long most = system.getMaxFileDescriptorCount();
      long endpoints =
          config.regions().stream().mapToInt(region -> region.endpoints().size()).sum();
      long upstream = endpoints * workers * config.limits().upstreamConnections() + endpoints;
      int available = available(most, workers, upstream);
      Integer wanted = config.limits().connections();
      connections.available(available);
      if (wanted != null && available < wanted) {
        log.warn(
            "limits.connections is {}, but {} file descriptors suffice for {}: raise the limit of"
                + " open files to {}",
            wanted,
            most,
            available,
            Math.max(2L * wanted, wanted + upstream) + OWN + workers * 8L);
      }
    }
  }

  /**
   * Client connections for which so many descriptors suffice.
   *
   * @param upstream connections to endpoints that there may be, kept ones of probes too; half of
   *     the descriptors at most
   */
  static int available(long descriptors, int workers, long upstream) {
    long left = descriptors - OWN - workers * 8L;
    return Math.clamp(left - Math.min(left / 2, upstream), 16, Integer.MAX_VALUE);
  }
}
