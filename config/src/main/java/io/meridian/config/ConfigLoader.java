package io.meridian.config;

import io.meridian.config.ConfigException.Fault;
import io.meridian.config.Node.Place;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration file into a {@link MeridianConfig}, or says everything that is wrong with
 * it: {@link TreeReader} reads YAML, {@link Binder} makes records, {@link Rules} looks across them.
 */
public final class ConfigLoader {
  /** The longest file that is read. */
  static final int MAX_BYTES = 1 << 20;

  private final Variables variables;

  /**
   * @param environment what {@code ${NAME}} and {@code ${NAME:-default}} stand for
   */
  public ConfigLoader(Map<String, String> environment) {
    this.variables = new Variables(environment);
  }

  /**
   * Files that it names by a relative path are looked for beside it.
   *
   * @throws ConfigException with every fault of the file
   */
  public MeridianConfig load(Path file) throws ConfigException {
    byte[] bytes = read(file);
    String name = file.toString();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CoderResult result = decoder.decode(in, out, true);
    String text = out.flip().toString();
    if (result.isError()) {
      throw notUtf8(name, text, bytes[in.position()]);
    }
    Path directory = file.toAbsolutePath().getParent();
    return parse(name, text, directory == null ? Path.of("/") : directory);
  }

  /**
   * As {@link #load}, from text; relative paths start from the working directory.
   *
   * @param name what faults call the text
   */
  public MeridianConfig parse(String name, String text) throws ConfigException {
    return parse(name, text, Path.of(""));
  }

  private MeridianConfig parse(String name, String written, Path base) throws ConfigException {
    String text = written.startsWith("\ufeff") ? written.substring(1) : written;
    if (text.length() > MAX_BYTES) {
      throw new ConfigException(
          List.of(new Fault(name, 1, 1, "", "the text is larger than 1 MiB")));
    }
    Faults faults = new Faults(name);
    Binding file = bind(text, base, faults);
    if (file != null) {
      new Rules(file, faults).check();
      faults.throwIfAny();
      if (file.value() instanceof MeridianConfig config) {
        return config.withAllRegionsWhereNoneIsNamed();
      }
    }
    faults.throwIfAny();
    throw new IllegalStateException("neither a configuration nor a fault: " + name);
  }

  /** A method of its own, so that the tree is garbage when the rules are looked at. */
  private @Nullable Binding bind(String text, Path base, Faults faults) {
    Node root = TreeReader.read(text, faults);
    return root == null
        ? null
        : new Binder(faults, new Scalars(base), variables).bind(MeridianConfig.class, root);
  }

  private static byte[] read(Path file) throws ConfigException {
    String name = file.toString();
    if (!Files.exists(file)) {
      throw unreadable(name, "the file does not exist");
    } else if (Files.isDirectory(file)) {
      throw unreadable(name, "it is a directory (expected: a file)");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw unreadable(name, "larger than 1 MiB");
      }
      return bytes;
    } catch (IOException e) {
      throw unreadable(name, "the file can't be read: " + e.getClass().getSimpleName());
    }
  }

  private static ConfigException unreadable(String name, String message) {
    return new ConfigException(List.of(new Fault(name, 0, 0, "", message)));
  }

  private static ConfigException notUtf8(String name, String before, byte found) {
    int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
    String last = before.substring(before.lastIndexOf('\n') + 1);
    Place at = new Place(line, last.codePointCount(0, last.length()) + 1);
    String message =
        String.format("the byte 0x%02x is not UTF-8 (expected: text in UTF-8)", found & 0xff);
    return new ConfigException(List.of(new Fault(name, at.line(), at.column(), "", message)));
  }
}
