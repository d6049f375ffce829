package io.meridian.proxy.downstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets that listen on one address by SO_REUSEPORT, of this process and perhaps of others. The
 * kernel spreads new connections over all of them, and resets what waits in the queue of one that
 * is closed. So before some are closed new connections are steered to the others, by a classic BPF
 * program that names sockets by their place in the group: those that came first stand first.
 *
 * @see "Linux, socket(7), SO_ATTACH_REUSEPORT_CBPF; net/core/sock_reuseport.c"
 */
final class ReusePort {
  private static final Logger log = LoggerFactory.getLogger(ReusePort.class);

  private static final int SOL_SOCKET = 1;
  private static final int INSTRUCTIONS = 4;
  private static final RawUnixChannelOption ATTACH =
      new RawUnixChannelOption("SO_ATTACH_REUSEPORT_CBPF", SOL_SOCKET, 51, 16);
  private static final RawUnixChannelOption DETACH =
      new RawUnixChannelOption("SO_DETACH_REUSEPORT_BPF", SOL_SOCKET, 68, 4);

  private ReusePort() {}

  /**
   * How many sockets listen on the address of these, those of other processes included; 0 if that
   * can't be told here.
   *
   * @param mine open sockets of this process, all on one address
   */
  static int listening(List<Channel> mine) {
    try {
      Set<String> inodes = new HashSet<>();
      for (Channel channel : mine) {
        if (!(channel instanceof UnixChannel unix)) {
          return 0;
        }
        String link =
            Files.readSymbolicLink(Path.of("/proc/self/fd/" + unix.fd().intValue())).toString();
        inodes.add(link.replaceAll("[^0-9]", "")); // socket:[4711]
      }
      return Math.max(
          listening(Path.of("/proc/self/net/tcp"), inodes),
          listening(Path.of("/proc/self/net/tcp6"), inodes));
    } catch (IOException e) {
      log.debug("no telling who else listens: {}", e.toString());
      return 0;
    }
  }

  /** Of a table of sockets (proc_net_tcp): those that listen where one of these does. */
  private static int listening(Path table, Set<String> inodes) throws IOException {
    if (!Files.exists(table)) {
      return 0;
    }
    List<String[]> rows =
        Files.readAllLines(table).stream()
            .filter(line -> line.contains(" 0A ")) // TCP_LISTEN
            .map(line -> line.strip().split("\\s+", -1))
            .filter(row -> row.length > 9 && row[3].equals("0A"))
            .toList();
    Set<String> addresses = new HashSet<>();
    for (String[] row : rows) {
      if (inodes.contains(row[9])) {
        addresses.add(row[1]);
      }
    }
    return (int) rows.stream().filter(row -> addresses.contains(row[1])).count();
  }

  /**
   * Closes these sockets so that no connection is lost to their queues: while others listen on
   * their address, new connections have been steered there before, and are meanwhile.
   *
   * @param all what {@link #listening} has said
   */
  static void close(List<Channel> mine, int all) {
    int first = mine.size();
    for (int i = 0; i < mine.size(); i++) {
      // With each that is closed the last of the group takes its place: it has to be left out.
      int last = all - 2 - i;
      if (all > first) {
        steer(mine.get(i), first, Math.max(first, last));
      }
      mine.get(i).close().awaitUninterruptibly();
    }
  }

  /**
   * Sends new connections to the sockets of the group from {@code first} to {@code last}, one by
   * chance; false if the kernel does not let us.
   */
  static boolean steer(Channel one, int first, int last) {
    ByteBuf program = Unpooled.directBuffer(INSTRUCTIONS * 8);
    try {
      instruction(program, 0x20, 0xfffff000 + 56); // ld random (SKF_AD_OFF + SKF_AD_RANDOM)
      instruction(program, 0x94, last - first + 1); // mod
      instruction(program, 0x04, first); // add
      instruction(program, 0x16, 0); // ret a
      ByteBuffer described = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
      described.putShort(0, (short) INSTRUCTIONS).putLong(8, program.memoryAddress());
      return set(one, ATTACH, described);
    } finally {
      program.release();
    }
  }

  private static void instruction(ByteBuf program, int code, int operand) {
    ByteBuffer one = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
    program.writeBytes(one.putShort(0, (short) code).putInt(4, operand));
  }

  /** The kernel spreads new connections over the group again. */
  static void release(Channel one) {
    set(one, DETACH, ByteBuffer.allocateDirect(4));
  }

  private static boolean set(Channel channel, RawUnixChannelOption option, ByteBuffer value) {
    try {
      return channel.config().setOption(option, value);
    } catch (ChannelException e) {
      log.debug("{}: {}", option, e.toString());
      return false;
    }
  }
}
