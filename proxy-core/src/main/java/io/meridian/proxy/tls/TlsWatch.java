package io.meridian.proxy.tls;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the files and ticket keys of all listeners, on a thread of its own. It asks for the
 * files' state rather than for events: that is right for every way of replacing them, links and
 * network file systems too, and one question a second costs nothing.
 */
public final class TlsWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TlsWatch.class);
  private static final long PERIOD_MILLIS = 500;

  private final List<ServerTls> watched = new CopyOnWriteArrayList<>();
  private final Thread thread;

  public TlsWatch() {
    thread = Thread.ofPlatform().name("tls-files").daemon().unstarted(this::run);
  }

  /** From now on this one is looked after. */
  public synchronized void add(ServerTls tls) {
    watched.add(tls);
    if (thread.getState() == Thread.State.NEW) {
      thread.start();
    }
  }

  public void remove(ServerTls tls) {
    watched.remove(tls);
  }

  private void run() {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(PERIOD_MILLIS);
        for (ServerTls tls : watched) {
          look(tls);
        }
      }
    } catch (InterruptedException e) {
      log.debug("certificates are no longer watched");
    }
  }

  private static void look(ServerTls tls) {
    try {
      tls.look(System.nanoTime());
    } catch (RuntimeException e) {
      log.error("certificates were not looked after", e);
    }
  }

  /** Stops; what it is doing is not waited for. */
  @Override
  public synchronized void close() {
    thread.interrupt();
  }
}
