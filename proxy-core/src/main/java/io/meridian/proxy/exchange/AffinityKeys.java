package io.meridian.proxy.exchange;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Route;
import io.meridian.config.Secrets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The keys that sign affinity cookies, read from their files. */
public final class AffinityKeys {
  private AffinityKeys() {}

  /**
   * By file.
   *
   * @throws IOException if one can't be read; the message names it
   */
  public static Map<Path, byte[]> read(MeridianConfig config) throws IOException {
    Map<Path, byte[]> keys = new HashMap<>();
    for (Route route : config.routes()) {
      Route.Affinity affinity = route.affinity();
      Path file = affinity == null ? null : affinity.keyFile();
      if (file != null && !keys.containsKey(file)) {
        try {
          keys.put(file, Secrets.read(file).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
          throw new IOException(file + ": " + e.getMessage(), e);
        }
      }
    }
    return keys;
  }
}
