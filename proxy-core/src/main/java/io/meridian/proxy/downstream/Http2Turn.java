package io.meridian.proxy.downstream;

import io.meridian.proxy.loop.Outbox;
import io.meridian.proxy.loop.Worker;
import io.netty.channel.Channel;
import java.util.ArrayList;

/**
 * What the events of one turn of the loop leave to do for a connection's streams: it is done once,
 * and what is to be sent leaves together. Event loop only.
 */
final class Http2Turn {
  private final Worker worker;
  private final Channel channel;
  private final Outbox outbox;
  private final Http2Output output;
  private final ArrayList<Http2Downstream> touched = new ArrayList<>();
  private final ArrayList<Http2Downstream> resumed = new ArrayList<>();
  private final Runnable task = this::run;
  private boolean reading;
  private boolean settling;
  private boolean again;
  private boolean scheduled;
  private boolean over;

  Http2Turn(Worker worker, Channel channel, Outbox outbox, Http2Output output) {
    this.worker = worker;
    this.channel = channel;
    this.outbox = outbox;
    this.output = output;
  }

  /** Whether what is read now is handled in one go, at the end of which {@link #settle} comes. */
  void reading(boolean now) {
    reading = now;
  }

  /** Nothing of any stream is sent from here on. */
  void end() {
    over = true;
  }

  /** Handles what the events of this turn have left to do, and sends. */
  void settle() {
    if (settling) {
      again = true;
      return;
    }
    settling = true;
    try {
      do {
        again = false;
        for (int i = 0; i < touched.size(); i++) {
          touched.get(i).readComplete();
        }
        touched.clear();
        for (int i = 0; i < resumed.size(); i++) {
          Http2Downstream stream = resumed.get(i);
          stream.request().resume();
          stream.drained();
        }
        resumed.clear();
        if (!over) {
          output.pump();
        }
        outbox.flush();
      } while (again || !resumed.isEmpty());
    } finally {
      settling = false;
    }
  }

  private void run() {
    scheduled = false;
    if (channel.isActive()) {
      settle();
    }
  }

  /** What was gathered leaves when the events of this turn are handled. */
  void flushSoon() {
    if (settling) {
      again = true;
    } else if (!reading && !scheduled) {
      scheduled = true;
      worker.loop().execute(task);
    }
  }

  /** A stream had input in this turn. */
  void touched(Http2Downstream stream) {
    touched.add(stream);
  }

  /** A stream may pass on what it held, or has room for more of its answer. */
  void resumeSoon(Http2Downstream stream) {
    resumed.add(stream);
    flushSoon();
  }
}
