package io.meridian.health;

import io.meridian.config.Health;
import io.meridian.config.Region;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What is probed, who hears of it, and the connection that is kept to it. Event loop only. */
final class ProbeTarget {
  final String region;
  final Region.Endpoint endpoint;
  final Health.Check check;
  final Prober.Result result;

  /** Null where the host is a name. */
  final @Nullable InetSocketAddress literal;

  /** Text that the body must hold; empty: its body is not looked at. */
  final byte[] expected;

  private final byte[] lastRequest;
  private final byte[] request;

  /** Null while none is kept. */
  @Nullable ProbeConnection kept;

  private boolean over;
  private @Nullable ProbeConnection awaited; // its probe is done, its answer has not ended

  ProbeTarget(String region, Region.Endpoint endpoint, Health.Check check, Prober.Result result) {
    this.region = region;
    this.endpoint = endpoint;
    this.check = check;
    this.result = result;
    byte[] address = NetUtil.createByteArrayFromIpAddressString(endpoint.host());
    this.literal = address == null ? null : literal(address, endpoint.port());
    String text = check instanceof Health.Http http ? http.bodyContains() : null;
    this.expected = (text == null ? "" : text).getBytes(StandardCharsets.UTF_8);
    this.lastRequest =
        check instanceof Health.Http http ? head(http, "connection: close\r\n") : expected;
    this.request = check instanceof Health.Http http ? head(http, "") : expected;
  }

  private static InetSocketAddress literal(byte[] address, int port) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // four or sixteen bytes are always an address
    }
  }

  private byte[] head(Health.Http http, String more) {
    String host = http.host();
    return "%s %s HTTP/1.1\r\nhost: %s\r\nuser-agent: meridian-health/1\r\naccept: */*\r\n%s\r\n"
        .formatted(http.method(), http.path(), host == null ? endpoint.name() : host, more)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The request of a probe.
   *
   * @param last whether it is the only one on its connection
   */
  byte[] request(boolean last) {
    return last ? lastRequest : request;
  }

  /** Whether an answer to {@link #request} has no body whatever its fields say. */
  boolean bodiless() {
    return check instanceof Health.Http http && http.method().equals("HEAD");
  }

  /** Whether this status is one of those that mean success. */
  boolean takes(int status) {
    if (check instanceof Health.Http http) {
      for (Health.StatusRange range : http.statuses()) {
        if (status >= range.first() && status <= range.last()) {
          return true;
        }
      }
    }
    return false;
  }

  /** From now on this connection is the one that is kept, unless another is in use. */
  void keep(ProbeConnection connection) {
    ProbeConnection before = kept;
    if (before == connection) {
      return;
    }
    if (over || (before != null && !before.idle())) {
      connection.close();
      return;
    }
    if (before != null) {
      before.close();
    }
    forget(connection);
    kept = connection;
  }

  /** The rest of an answer is yet to come on this one: it has time until the next probe. */
  void await(ProbeConnection connection) {
    if (over) {
      connection.close();
    } else if (awaited != connection) {
      giveUp();
      awaited = connection;
    }
  }

  /** Waits no more for what is left of an answer. */
  void giveUp() {
    ProbeConnection before = awaited;
    awaited = null;
    if (before != null) {
      before.close();
    }
  }

  /** This connection ends, or is another thing from now on. */
  void forget(ProbeConnection connection) {
    kept = kept == connection ? null : kept;
    awaited = awaited == connection ? null : awaited;
  }

  /** Keeps no connection any more. */
  void drop() {
    giveUp();
    ProbeConnection before = kept;
    if (before != null && before.idle()) {
      before.close();
    }
    kept = null;
  }

  /** No more probes follow: none will be kept either. */
  void end() {
    over = true;
    drop();
  }
}
