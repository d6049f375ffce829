package io.meridian.health;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** Says in a few words why a probe failed. */
final class ProbeCause {
  private static final int MOST = 80;

  private ProbeCause() {}

  static String of(Throwable cause) {
    String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (text.contains("refused")) {
      return "connect refused";
    }
    if (cause instanceof NoRouteToHostException
        || cause instanceof PortUnreachableException
        || text.contains("unreachable")) {
      return "unreachable";
    }
    if (cause instanceof ConnectException) {
      return "connect failed";
    }
    if (text.contains("reset") || text.contains("broken pipe")) {
      return "reset";
    }
    if (cause instanceof SSLException || cause.getCause() instanceof SSLException) {
      return "tls: " + text.substring(0, Math.min(MOST, text.length()));
    }
    return cause.getClass().getSimpleName();
  }
}
