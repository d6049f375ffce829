package io.meridian.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a class of tests when a buffer was forgotten in it. */
final class NoLeaks implements BeforeAllCallback, AfterAllCallback {
  private static final List<String> REPORTS = new CopyOnWriteArrayList<>();

  @Override
  public void beforeAll(ExtensionContext context) {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ByteBufUtil.setLeakListener((type, records) -> REPORTS.add(type + ": " + records));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    for (int round = 0; round < 2; round++) {
      collect();
      for (int i = 0; i < 16; i++) { // an allocation is what makes the detector look
        ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer(16);
        buffer.release();
      }
    }
    List<String> found = List.copyOf(REPORTS);
    REPORTS.clear();
    if (!found.isEmpty()) {
      throw new AssertionError(found.size() + " buffers leaked, the first: " + found.getFirst());
    }
  }

  private static void collect() {
    WeakReference<Object> gone = new WeakReference<>(new Object());
    Await.until(
        "a garbage collection",
        () -> {
          System.gc();
          return gone.refersTo(null);
        });
  }
}
