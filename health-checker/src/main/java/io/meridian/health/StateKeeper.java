package io.meridian.health;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the newest {@link SavedHealth} on a thread of its own: at most one waits, and a slow disk
 * delays nobody. Any thread.
 */
final class StateKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StateKeeper.class);
  private static final long LAST_WRITE_MILLIS = TimeUnit.SECONDS.toMillis(2);

  private record Task(Path file, SavedHealth health) {}

  private final Object lock = new Object();
  private @Nullable Task waiting; // guarded by lock
  private @Nullable Thread writer; // guarded by lock
  private boolean closed; // guarded by lock
  private boolean failing; // the writer's own

  void keep(Path file, SavedHealth health) {
    synchronized (lock) {
      if (closed) {
        return;
      }
      waiting = new Task(file, health);
      if (writer == null) {
        Thread thread = new Thread(this::run, "health-state");
        thread.setDaemon(true);
        writer = thread;
        thread.start();
      }
      lock.notifyAll();
    }
  }

  private void run() {
    for (Task task = next(); task != null; task = next()) {
      try {
        StateFile.write(task.file(), task.health());
        failing = false;
      } catch (IOException | RuntimeException e) {
        if (!failing) {
          log.warn("state of health can't be kept in {}: {}", task.file(), e.toString());
        }
        failing = true;
      }
    }
  }

  /** Null when all is written and no more will come. */
  private @Nullable Task next() {
    synchronized (lock) {
      while (waiting == null && !closed) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return null;
        }
      }
      Task task = waiting;
      waiting = null;
      return task;
    }
  }

  /** Writes what waits, and ends. */
  @Override
  public void close() {
    Thread thread;
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
      thread = writer;
    }
    if (thread != null) {
      try {
        thread.join(LAST_WRITE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
