package io.meridian.proxy.exchange;

import io.meridian.proxy.loop.Worker;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client connections of one event loop. When there may be no more, one that has long been
 * without a request makes room: the longest of a few picked at random. That loop's thread only.
 *
 * @see "Redis, approximated LRU"
 */
public final class OpenClients {
  private static final int SAMPLES = 16;

  /** Idle for less than this, a connection may be about to send its request. */
  private static final long SETTLED_NANOS = 1_000_000_000;

  private final Worker worker;
  private final List<Client> clients = new ArrayList<>();

  OpenClients(Worker worker) {
    this.worker = worker;
  }

  /** A connection, which remembers its place here. */
  public interface Client {
    int place();

    void place(int index);

    /** How long it has been without a request; less than 0: it is not. */
    long idleNanos(long nowNanos);

    /** Ends it now: it is without a request. */
    void evict();
  }

  public void add(Client client) {
    client.place(clients.size());
    clients.add(client);
  }

  @SuppressWarnings("ReferenceEquality") // clients are who they are
  public void remove(Client client) {
    Client last = clients.removeLast();
    if (last != client) {
      last.place(client.place());
      clients.set(client.place(), last);
    }
  }

  /** Open now. */
  int size() {
    return clients.size();
  }

  /** Ends one that is idle; false if none was found. */
  public boolean makeRoom() {
    Client longest = null;
    long idle = SETTLED_NANOS;
    for (int i = Math.min(SAMPLES, clients.size()); i > 0; i--) {
      Client client = clients.get((int) Long.remainderUnsigned(worker.random(), clients.size()));
      long nanos = client.idleNanos(worker.now());
      if (nanos > idle) {
        idle = nanos;
        longest = client;
      }
    }
    return evict(longest);
  }

  private static boolean evict(@Nullable Client client) {
    if (client == null) {
      return false;
    }
    client.evict();
    return true;
  }
}
