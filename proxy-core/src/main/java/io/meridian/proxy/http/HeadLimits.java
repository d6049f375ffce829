package io.meridian.proxy.http;

/**
 * Bounds of a message head.
 *
 * @param requestLine longest request or status line, bytes
 * @param head longest head with its start line and its last empty line, bytes; less than 16 MiB
 * @param fields most field lines
 */
public record HeadLimits(int requestLine, int head, int fields) {
  public HeadLimits {
    if (requestLine < 16 || head < requestLine || head >= 1 << 24 || fields < 1) {
      throw new IllegalArgumentException("limits: " + requestLine + ", " + head + ", " + fields);
    }
  }
}
