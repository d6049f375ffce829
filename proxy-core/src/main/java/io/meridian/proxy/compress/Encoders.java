package io.meridian.proxy.compress;

import com.github.luben.zstd.util.Native;
import io.meridian.config.Compress.Coding;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The encoders of one event loop: used again, and no more at a time than their memory, which is
 * outside the heap, allows. That loop's thread only.
 */
public final class Encoders {
  private static final Logger log = LoggerFactory.getLogger(Encoders.class);

  /** All encoders of one loop together, bytes. */
  static final int MEMORY = 64 << 20;

  /** Idle ones that are kept, of each coding. */
  private static final int KEPT = 8;

  /** Loads the native part when a route first asks for it. */
  private static final class Zstd {
    static final boolean AVAILABLE = load();

    private static boolean load() {
      try {
        Native.load();
        return true;
      } catch (UnsatisfiedLinkError | ExceptionInInitializerError e) {
        log.warn("no zstd on this machine, gzip only: {}", e.getMessage());
        return false;
      }
    }
  }

  private final Map<Coding, ArrayDeque<Encoder>> idle = new EnumMap<>(Coding.class);
  private int used;

  /** Whether this machine has what the coding needs. */
  static boolean available(Coding coding) {
    return switch (coding) {
      case GZIP -> true;
      case ZSTD -> Zstd.AVAILABLE;
    };
  }

  /** What an encoder needs at most, at any level; as measured, rounded up. */
  private static int size(Coding coding) {
    return switch (coding) {
      case GZIP -> 320 << 10;
      case ZSTD -> 1280 << 10;
    };
  }

  /** One that is ready to begin; null if too many are at work. */
  public @Nullable Encoder acquire(Coding coding, Compression rules) {
    if (used + size(coding) > MEMORY) {
      return null;
    }
    Encoder encoder = idle(coding).pollLast();
    if (encoder == null) {
      encoder =
          switch (coding) {
            case GZIP -> new GzipEncoder();
            case ZSTD -> new ZstdEncoder();
          };
    }
    used += size(coding);
    encoder.begin(rules.level());
    return encoder;
  }

  public void release(Coding coding, Encoder encoder) {
    used -= size(coding);
    ArrayDeque<Encoder> rest = idle(coding);
    if (rest.size() < KEPT) {
      rest.addLast(encoder);
    } else {
      encoder.close();
    }
  }

  /** Bytes that encoders at work may need. */
  int used() {
    return used;
  }

  private ArrayDeque<Encoder> idle(Coding coding) {
    return idle.computeIfAbsent(coding, _ -> new ArrayDeque<>());
  }
}
