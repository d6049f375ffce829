package io.meridian.proxy.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signals of the operating system. The JDK offers them only in {@code sun.misc}, which is looked up
 * by name so that a runtime without it still starts.
 */
final class OsSignals {
  private static final Logger log = LoggerFactory.getLogger(OsSignals.class);

  private OsSignals() {}

  /**
   * Runs the action, on a thread of its own, whenever the signal comes; false if that can't be had.
   */
  static boolean on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object listener =
          Proxy.newProxyInstance(
              OsSignals.class.getClassLoader(),
              new Class<?>[] {handler},
              (_, method, _) -> {
                if (method.getName().equals("handle")) {
                  Thread.ofPlatform().name("signal-" + name).start(action);
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), listener);
      return true;
    } catch (ReflectiveOperationException e) {
      Throwable cause = e instanceof InvocationTargetException target ? target.getCause() : e;
      log.warn("SIG{} can't be handled here: {}", name, String.valueOf(cause));
      return false;
    }
  }
}
