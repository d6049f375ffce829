import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks a proxy at a steady rate whatever its answers take, and has it reload in the middle of every
 * other second. Times run from when a request was due, so that what waits behind a slow one counts.
 *
 * <p>Usage: java Scale.java PROXY_PORT RATE SECONDS PROXY_PID
 */
final class Scale {
  private static final int CLIENTS = 16;
  private static final byte[] ASK =
      "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Nanoseconds since the start: when a request was due, and when it had its answer. */
  private record Sample(long due, long done) {}

  public static void main(String[] words) throws Exception {
    int port = Integer.parseInt(words[0]);
    int rate = Integer.parseInt(words[1]);
    int seconds = Integer.parseInt(words[2]);
    long start = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    List<List<Sample>> all = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      List<Sample> samples = new ArrayList<>();
      all.add(samples);
      long offset = TimeUnit.SECONDS.toNanos(1) / rate * i;
      threads.add(
          Thread.ofPlatform().start(() -> ask(port, rate, seconds, start, offset, samples)));
    }
    for (int second = 1; second < seconds; second += 2) {
      LockSupport.parkNanos(start + second * 1_000_000_000L + 200_000_000L - System.nanoTime());
      new ProcessBuilder("kill", "-HUP", words[3]).start().waitFor();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    List<Long> calm = new ArrayList<>();
    List<Long> changed = new ArrayList<>();
    for (List<Sample> samples : all) {
      for (Sample s : samples) {
        long second = s.due() / 1_000_000_000L;
        if (second >= seconds / 4) { // what comes before is warming up
          (second % 2 == 1 ? changed : calm).add(s.done() - s.due());
        }
      }
    }
    print("without", calm);
    print("with", changed);
  }

  private static void print(String what, List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(n -> n).sorted().toArray();
    System.out.printf(
        "seconds %-7s a reload: %6d requests, p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, most %.2f ms%n",
        what, sorted.length, at(sorted, 0.5), at(sorted, 0.99), at(sorted, 0.999), at(sorted, 1));
  }

  private static double at(long[] sorted, double part) {
    return sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * part))] / 1e6;
  }

  private static void ask(
      int port, int rate, int seconds, long start, long offset, List<Sample> samples) {
    long pause = TimeUnit.SECONDS.toNanos(CLIENTS) / rate;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      byte[] tail = new byte[4];
      for (long due = offset; due < seconds * 1_000_000_000L; due += pause) {
        for (long left = start + due - System.nanoTime(); left > 0; ) {
          LockSupport.parkNanos(left);
          left = start + due - System.nanoTime();
        }
        socket.getOutputStream().write(ASK);
        answer(in, tail);
        samples.add(new Sample(due, System.nanoTime() - start));
      }
    } catch (IOException e) {
      System.out.println("a request failed: " + e);
      System.exit(1);
    }
  }

  /** Reads a head and the two bytes of the origin's body. */
  private static void answer(InputStream in, byte[] tail) throws IOException {
    Arrays.fill(tail, (byte) 0);
    while (tail[0] != '\r' || tail[1] != '\n' || tail[2] != '\r' || tail[3] != '\n') {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the connection ended");
      }
      System.arraycopy(tail, 1, tail, 0, 3);
      tail[3] = (byte) next;
    }
    in.skipNBytes(2);
  }
}
