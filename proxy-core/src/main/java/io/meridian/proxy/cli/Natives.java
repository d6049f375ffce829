package io.meridian.proxy.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/** Netty's native libraries, which it unpacks from its jars at each start if nobody did before. */
final class Natives {
  private static final String FOLDER = "META-INF/native/";

  private Natives() {}

  /**
   * Unpacks those for this machine.
   *
   * @param jar whose manifest names the jars to look into
   * @param target a folder, made if need be
   */
  static void unpack(Path jar, Path target) throws IOException {
    Files.createDirectories(target);
    for (Path library : libraries(jar)) {
      if (Files.isRegularFile(library)) {
        unpackFrom(library, target);
      }
    }
  }

  private static List<Path> libraries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      Manifest manifest = file.getManifest();
      String names =
          manifest == null
              ? null
              : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      return names == null
          ? List.of()
          : List.of(names.split(" ")).stream().map(jar::resolveSibling).toList();
    }
  }

  private static void unpackFrom(Path library, Path target) throws IOException {
    String machine = System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64";
    try (JarFile file = new JarFile(library.toFile())) {
      for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
        String name = entry.getName();
        if (name.startsWith(FOLDER) && name.endsWith(machine + ".so")) {
          Path to = target.resolve(name.substring(FOLDER.length()));
          Path part = Files.createTempFile(target, "unpacking", ".so");
          try (InputStream in = file.getInputStream(entry)) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
          } finally {
            Files.deleteIfExists(part);
          }
        }
      }
    }
  }
}
