package io.meridian.proxy.downstream;

/**
 * The last streams of a connection that are gone, and how: what still comes for one that was reset
 * may have been on its way, for one that had ended it is an error (RFC 9113, 5.1).
 */
final class Http2Past {
  private static final int SIZE = 128;

  private final int[] ring = new int[SIZE]; // stream ids, negative if reset
  private int next;

  void ended(int streamId) {
    ring[next++ & SIZE - 1] = streamId;
  }

  void reset(int streamId) {
    ring[next++ & SIZE - 1] = -streamId;
  }

  boolean wasReset(int streamId) {
    return has(-streamId);
  }

  boolean hasEnded(int streamId) {
    return has(streamId) && !has(-streamId);
  }

  private boolean has(int entry) {
    for (int known : ring) {
      if (known == entry) {
        return true;
      }
    }
    return false;
  }
}
