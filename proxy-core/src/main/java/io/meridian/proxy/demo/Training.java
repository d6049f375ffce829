package io.meridian.proxy.demo;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes the cache by which later starts of the proxy are quick and its code is compiled early: runs
 * the proxy in a process of its own, so that its classes and profiles alone go into the cache, and
 * gives it work of every kind for some seconds.
 *
 * @see "JEP 483, 514 and 515"
 */
public final class Training {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration END = Duration.ofMinutes(3);

  private final Path cache;
  private final List<String> java;
  private final Duration perKind;
  private final Path log;

  /**
   * @param cache the file to make
   * @param java the command with the options that the proxy will run with, up to its jar
   * @param perKind how long work of each kind is given
   * @param log what the trained process says
   */
  public Training(Path cache, List<String> java, Duration perKind, Path log) {
    this.cache = cache;
    this.java = java;
    this.perKind = perKind;
    this.log = log;
  }

  /**
   * Runs it; takes some seconds more than the work.
   *
   * @return requests that were answered
   * @throws IOException if the proxy does not start, or leaves no cache
   */
  public long run() throws IOException, InterruptedException {
    Path dir = Files.createTempDirectory("meridian-training");
    try (ExerciseOrigin origin = new ExerciseOrigin()) {
      TrainingCertificate certificate = TrainingCertificate.make(dir);
      int port = freePort();
      int tlsPort = freePort();
      int adminPort = freePort();
      Path config = dir.resolve("meridian.yaml");
      Files.writeString(config, text(dir, port, tlsPort, adminPort, origin.port()));
      Files.deleteIfExists(cache);
      List<String> command = new ArrayList<>(java.subList(0, 1));
      command.add("-XX:AOTCacheOutput=" + cache);
      command.addAll(java.subList(1, java.size()));
      command.addAll(List.of("run", "--config", config.toString()));
      Process proxy =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Redirect.to(log.toFile()))
              .start();
      long answered = 0;
      try {
        Exercise exercise = new Exercise(port, tlsPort, adminPort, certificate);
        exercise.awaitStart(proxy, START);
        answered = exercise.run(perKind);
      } finally {
        proxy.destroy();
        if (!proxy.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
          proxy.destroyForcibly();
        }
        if (answered == 0) {
          Files.deleteIfExists(cache); // it has learned nothing
        }
      }
      if (!Files.isRegularFile(cache)) {
        throw new IOException("the proxy left no cache: see " + log);
      }
      return answered;
    } catch (GeneralSecurityException e) {
      throw new IOException("no certificate for the training: " + e.getMessage(), e);
    } finally {
      delete(dir);
    }
  }

  private static String text(Path dir, int port, int tlsPort, int adminPort, int originPort) {
    URI origin = URI.create("http://127.0.0.1:" + originPort);
    return """
    version: 1
    edge: { name: training, location: { latitude: 50.11, longitude: 8.68 } }
    workers: 1
    listeners:
      - { name: http, address: "127.0.0.1:%d", trusted_proxies: ["127.0.0.0/8"] }
      - name: https
        address: "127.0.0.1:%d" # clients that nobody vouches for are counted
        tls: { certificates: [ { certificate: "%s", key: "%s" } ] }
    admin: { address: "127.0.0.1:%d" }
    regions:
      - { name: near, location: { latitude: 53.34, longitude: -6.27 }, endpoints: [ { url: "%s" } ] }
      - { name: far, location: { latitude: 38.95, longitude: -77.45 }, endpoints: [ { url: "%s" } ] }
    fences:
      - { name: home, when: { client_country: [LI] }, allow: [near] }
    routes:
      - { name: all, fence: home }
    access_log: { output: file, file: "%s" }
    """
        .formatted(
            port,
            tlsPort,
            dir.resolve("certificate.pem"),
            dir.resolve("key.pem"),
            adminPort,
            origin,
            origin,
            dir.resolve("access.log"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void delete(Path dir) throws IOException {
    Files.walkFileTree(
        dir,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path each, java.io.IOException failure)
              throws IOException {
            Files.deleteIfExists(each);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
