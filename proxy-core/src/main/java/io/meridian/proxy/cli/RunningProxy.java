package io.meridian.proxy.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Linux tells of another process (proc(5)): whether it is a Meridian that runs, and where. */
final class RunningProxy {
  private static final Pattern JAR = Pattern.compile("(?:.*/)?(?:meridian|proxy-core-[^/]*)\\.jar");
  private static final String MAIN = "io.meridian.proxy.Main";
  private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");
  private static final String LISTENING = "0A"; // TCP_LISTEN, as /proc/net/tcp writes it

  private RunningProxy() {}

  /** Whether the process was started as {@code java … -jar meridian.jar run …}. */
  static boolean is(long pid) {
    try {
      String words =
          Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
      return isRun(List.of(words.split("\0")));
    } catch (IOException e) {
      return false; // gone, another user's, or no Linux
    }
  }

  /** Whether these words start a proxy; other commands of the program are none. */
  static boolean isRun(List<String> words) {
    for (int i = 1; i + 1 < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("-jar")) {
        return i + 2 < words.size()
            && JAR.matcher(words.get(i + 1)).matches()
            && words.get(i + 2).equals("run");
      }
      if (word.equals(MAIN)) {
        return words.get(i + 1).equals("run");
      }
    }
    return false;
  }

  /**
   * Whether the process listens on one of the TCP ports.
   *
   * @throws IOException if the process doesn't let itself be looked at
   */
  static boolean listensOnOneOf(long pid, Collection<Integer> ports) throws IOException {
    Path process = Path.of("/proc/" + pid);
    Set<String> inodes = new HashSet<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        Matcher socket = SOCKET.matcher(target(descriptor));
        if (socket.matches()) {
          inodes.add(socket.group(1));
        }
      }
    }
    for (String table : List.of("net/tcp", "net/tcp6")) {
      Path file = process.resolve(table);
      if (!Files.exists(file)) {
        continue; // a kernel without IPv6
      }
      for (String line : Files.readAllLines(file)) {
        // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
        List<String> columns = List.of(line.strip().split("\\s+"));
        if (columns.size() > 9
            && columns.get(3).equals(LISTENING)
            && inodes.contains(columns.get(9))
            && ports.contains(port(columns.get(1)))) {
          return true;
        }
      }
    }
    return false;
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1), 16);
  }
}
