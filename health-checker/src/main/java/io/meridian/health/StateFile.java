package io.meridian.health;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link SavedHealth} as a JSON file with a version. It is replaced as a whole, so that a reader
 * finds the old one or the new one, never a half. Blocking: never on an event loop.
 */
final class StateFile {
  private static final Logger log = LoggerFactory.getLogger(StateFile.class);
  private static final int VERSION = 1;
  private static final long MOST_BYTES = 64L * 1024 * 1024;

  /** An older one says nothing of now. */
  static final Duration OLDEST = Duration.ofHours(1);

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private StateFile() {}

  /**
   * What was kept; null if there is nothing of use, which is said unless there never was a file.
   */
  static @Nullable SavedHealth read(Path file, long nowMillis) {
    try {
      if (!Files.exists(file)) {
        return null;
      }
      if (Files.size(file) > MOST_BYTES) {
        return unusable(file, "larger than " + MOST_BYTES + " bytes");
      }
      JsonNode tree = JSON.readTree(Files.readAllBytes(file));
      int version = tree.path("version").asInt(0);
      if (version != VERSION) {
        return unusable(file, "of version " + version + " (expected: " + VERSION + ")");
      }
      SavedHealth saved = JSON.treeToValue(tree.path("health"), SavedHealth.class);
      if (saved == null) {
        return unusable(file, "empty");
      }
      long age = nowMillis - saved.savedMillis();
      return age > OLDEST.toMillis()
          ? unusable(file, age / 60_000 + " minutes old (expected: at most " + OLDEST + ")")
          : saved;
    } catch (JsonProcessingException e) {
      return unusable(file, "broken: " + e.getOriginalMessage());
    } catch (IOException | RuntimeException e) {
      return unusable(file, e.toString());
    }
  }

  private static @Nullable SavedHealth unusable(Path file, String why) {
    log.warn("state of health: {} is {}; starting without", file, why);
    return null;
  }

  /**
   * @throws IOException if it can't be written; the old one is still there then
   */
  static void write(Path file, SavedHealth health) throws IOException {
    ObjectNode tree = JSON.createObjectNode().put("version", VERSION);
    tree.set("health", JSON.valueToTree(health));
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.write(fresh, JSON.writeValueAsBytes(tree));
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      channel.force(true); // else a crash may leave the new name with nothing in it
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
