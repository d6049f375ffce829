package io.meridian.proxy.exchange;

import io.meridian.config.Data;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Route;
import io.meridian.config.Secrets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the files hold that routes name: keys of cookies, tokens. */
public final class RouteSecrets {
  private RouteSecrets() {}

  /**
   * By file.
   *
   * @throws IOException if one can't be read; the message names it
   */
  public static Map<Path, byte[]> read(MeridianConfig config) throws IOException {
    Map<Path, byte[]> secrets = new HashMap<>();
    for (Route route : config.routes()) {
      Route.Affinity affinity = route.affinity();
      read(affinity == null ? null : affinity.keyFile(), secrets);
      read(route.explainTokenFile(), secrets);
      Data data = route.data();
      Data.ReadYourWrites written = data == null ? null : data.readYourWrites();
      Data.Home home = data == null ? null : data.home();
      read(written == null ? null : written.keyFile(), secrets);
      read(home == null ? null : home.keyFile(), secrets);
    }
    return secrets;
  }

  private static void read(@Nullable Path file, Map<Path, byte[]> secrets) throws IOException {
    if (file != null && !secrets.containsKey(file)) {
      try {
        secrets.put(file, Secrets.read(file).getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new IOException(file + ": " + e.getMessage(), e);
      }
    }
  }
}
