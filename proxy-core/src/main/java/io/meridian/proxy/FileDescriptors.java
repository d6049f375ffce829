package io.meridian.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import io.meridian.config.MeridianConfig;
import io.meridian.proxy.exchange.ClientConnections;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many sockets this process may have. Each client connection may need one to an endpoint too;
 * what is beyond would fail in accept and connect, where nobody can be told.
 */
final class FileDescriptors {
  private static final Logger log = LoggerFactory.getLogger(FileDescriptors.class);

  /** For listeners, databases, logs, probes, admin, event loops. */
  private static final int OWN = 256;

  private FileDescriptors() {}

  /** Says so if there are too few for what is configured, and lets in no more than can be had. */
  static void check(MeridianConfig config, int workers, ClientConnections connections) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      long most = system.getMaxFileDescriptorCount();
      int available = available(most, workers);
      int wanted = config.limits().connections();
      connections.available(available);
      if (available < wanted) {
        log.warn(
            "limits.connections is {}, but {} file descriptors suffice for {}: raise the limit of"
                + " open files to {}",
            wanted,
            most,
            available,
            2L * wanted + OWN + workers * 8L);
      }
    }
  }

  /** Client connections for which so many descriptors suffice, each with one to an endpoint. */
  static int available(long descriptors, int workers) {
    return Math.clamp((descriptors - OWN - workers * 8L) / 2, 16, Integer.MAX_VALUE);
  }
}
