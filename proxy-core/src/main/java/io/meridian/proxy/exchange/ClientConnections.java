package io.meridian.proxy.exchange;

import io.meridian.config.ClientLimits;
import io.meridian.config.Limits;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many connections there are, in all and of each client. The table of clients holds those that
 * have a connection, so that the limit of connections bounds it. Any thread.
 */
public final class ClientConnections {
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentHashMap<ClientPrefix, Integer> byClient = new ConcurrentHashMap<>();
  private volatile Limits limits;
  private volatile int available = Integer.MAX_VALUE;

  public ClientConnections(Limits limits) {
    this.limits = limits;
  }

  /** Applies other limits; connections that are open stay. */
  public void configure(Limits newLimits) {
    limits = newLimits;
  }

  /**
   * No more than so many, whatever the configuration says: what the process has descriptors for.
   */
  public void available(int most) {
    available = most;
  }

  /** Connections open now. */
  public int open() {
    return open.get();
  }

  /** How many there may be. */
  public int limit() {
    return Math.min(limits.mostConnections(), available);
  }

  /**
   * Whether nearly all are in use, the last sixteenth or less: idle ones should make room then, so
   * that there is still some when the next client comes.
   */
  public boolean crowded() {
    int limit = limit();
    return open.get() > limit - (limit >> 4);
  }

  /** One more, to be followed by {@link #leave}; false, and none, if there are too many. */
  public boolean enter() {
    if (open.incrementAndGet() > limit()) {
      open.decrementAndGet();
      return false;
    }
    return true;
  }

  public void leave() {
    open.decrementAndGet();
  }

  /**
   * One more of this client, to be ended by {@link Slot#leave}; null if it has too many.
   *
   * @param address 4 or 16 bytes
   */
  public @Nullable Slot enter(byte[] address) {
    ClientLimits client = limits.client();
    int most = ofOne(client);
    ClientPrefix prefix = ClientPrefix.of(address, client.prefixV4(), client.prefixV6());
    int count = byClient.merge(prefix, 1, Integer::sum);
    Slot slot = new Slot(prefix);
    if (count > most) {
      slot.leave();
      return null;
    }
    return slot;
  }

  private int ofOne(ClientLimits client) {
    Integer given = client.connections();
    return given != null ? given : (int) Math.ceilDiv(limit() * 3L, 4);
  }

  /** Clients that have a connection. */
  int clients() {
    return byClient.size();
  }

  /** One connection of one client. */
  public final class Slot {
    private final ClientPrefix prefix;

    private Slot(ClientPrefix prefix) {
      this.prefix = prefix;
    }

    /** It is closed. Once. */
    public void leave() {
      byClient.computeIfPresent(prefix, (_, count) -> count == 1 ? null : count - 1);
    }
  }
}
