package io.meridian.proxy.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shows a demo until its time is over or somebody stops it. */
public final class Show {
  private static final long REDRAW_MILLIS = 500;
  private static final long LINE_SECONDS = 5;

  private final Demo demo;
  private final PrintStream out;

  public Show(Demo demo, PrintStream out) {
    this.demo = demo;
    this.out = out;
  }

  /** A table that is drawn over itself. */
  public void table(Duration span, CountDownLatch stop) throws InterruptedException {
    long end = System.nanoTime() + span.toNanos();
    try (Screen screen = new Screen(out)) {
      do {
        screen.draw(demo.frame().table());
      } while (!wait(REDRAW_MILLIS, end, stop));
      screen.draw(demo.frame().table());
    }
  }

  /** A line now and then. */
  public void lines(Duration span, CountDownLatch stop) throws InterruptedException {
    long end = System.nanoTime() + span.toNanos();
    long second = 0;
    while (!wait(TimeUnit.SECONDS.toMillis(1), end, stop)) {
      Frame frame = demo.frame();
      if (++second % LINE_SECONDS == 0) {
        out.println(frame.line());
        out.flush();
      }
    }
  }

  /** Whether it is over. */
  private static boolean wait(long millis, long end, CountDownLatch stop)
      throws InterruptedException {
    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    return stop.await(Math.clamp(left, 0, millis), TimeUnit.MILLISECONDS) || left <= millis;
  }
}
