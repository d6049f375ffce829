package io.meridian.proxy.tls;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.UpstreamTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS contexts of all regions that need one, and whether their files have changed. A file that
 * can't be used any more is complained of once, and the last good context stays. Any thread.
 */
public final class UpstreamTlsFiles {
  private static final Logger log = LoggerFactory.getLogger(UpstreamTlsFiles.class);

  private record Key(UpstreamTls settings, Region.Protocol protocol) {}

  private record Loaded(UpstreamTlsContext context, String digest) {}

  private volatile Map<Key, Loaded> loaded = Map.of(); // written under this object's lock
  private volatile Map<String, Region> regions = Map.of(); // likewise

  /**
   * Reads what a configuration names; contexts whose settings and files are as before stay.
   *
   * @throws IOException if a file can't be used; nothing has changed then
   */
  public synchronized void configure(MeridianConfig config) throws IOException {
    Map<Key, Loaded> next = new HashMap<>();
    for (Region region : config.regions()) {
      if (region.endpoints().stream().anyMatch(Region.Endpoint::secure)) {
        Key key = key(region);
        String digest = digest(key.settings);
        Loaded before = loaded.get(key);
        if (before == null || !before.digest.equals(digest)) {
          before = new Loaded(UpstreamTlsContext.read(key.settings, key.protocol), digest);
        }
        next.put(key, before);
        if (!region.tls().verify()) {
          log.warn(
              "region {}: tls.verify is false: certificates are NOT checked, anybody on the way can"
                  + " read and change its traffic",
              region.name());
        }
      }
    }
    loaded = next;
    regions =
        config.regions().stream().collect(Collectors.toMap(Region::name, Function.identity()));
  }

  /** A region as it is configured; null if it is not. */
  public @Nullable Region region(String name) {
    return regions.get(name);
  }

  /** Looks at the files; true if a context is another one now. */
  public synchronized boolean refresh() {
    Map<Key, Loaded> next = new HashMap<>(loaded);
    boolean changed = false;
    for (Map.Entry<Key, Loaded> entry : loaded.entrySet()) {
      Key key = entry.getKey();
      try {
        String digest = digest(key.settings);
        if (!entry.getValue().digest.equals(digest)) {
          Loaded now = changed(entry.getValue(), key, digest);
          next.put(key, now);
          changed |= !now.context.equals(entry.getValue().context);
        }
      } catch (IOException e) {
        log.debug("{}: looked for again later", e.getMessage());
      }
    }
    loaded = next;
    return changed;
  }

  private static Loaded changed(Loaded before, Key key, String digest) {
    try {
      UpstreamTlsContext context = UpstreamTlsContext.read(key.settings, key.protocol);
      log.info("TLS files changed: {}", UpstreamTlsContext.files(key.settings));
      return new Loaded(context, digest);
    } catch (IOException e) {
      log.warn("TLS files changed, the last good ones stay in use: {}", e.getMessage());
      return new Loaded(before.context, digest);
    }
  }

  /** The context for a region's endpoint; null if the endpoint is not spoken to in TLS. */
  public @Nullable UpstreamTlsContext context(Region region, Region.Endpoint endpoint) {
    Loaded found = endpoint.secure() ? loaded.get(key(region)) : null;
    return found == null ? null : found.context;
  }

  private static Key key(Region region) {
    return new Key(region.tls(), region.protocol());
  }

  private static String digest(UpstreamTls settings) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path file : UpstreamTlsContext.files(settings)) {
        digest.update(Files.readAllBytes(file));
        digest.update((byte) 0);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
