package io.meridian.config;

import org.jspecify.annotations.Nullable;

/** What is held or let in at most. Sizes are in bytes; a body of 0 means no limit. */
@Key("What is let in at most.")
public record Limits(
    @Key(
            value = "A request line; longer ones are answered with 414.",
            or = "16KiB",
            form = Form.SIZE,
            min = "256",
            max = "1MiB")
        int requestLine,
    @Key(
            value = "A message's head, of requests and of responses; larger ones with 431 and 502.",
            or = "64KiB",
            form = Form.SIZE,
            min = "1KiB",
            max = "1MiB")
        int head,
    @Key(value = "Fields in a message's head.", or = "128", min = "8", max = "10000") int fields,
    @Key(
            value = "A request's body; larger ones are answered with 413. 0 means no limit.",
            or = "0",
            form = Form.SIZE,
            min = "0",
            max = "1024GiB")
        long body,
    @Key(
            value =
                "Client connections at a time, all listeners together. When all are in use, those"
                    + " that wait longest without a request make room.",
            absent = "20000, or fewer where the process may not open so many files",
            min = "1",
            max = "10000000")
        @Nullable Integer connections,
    @Key(
            value =
                "Requests at a time on one HTTP/2 connection of a client; others are refused, to be"
                    + " sent again.",
            or = "128",
            min = "1",
            max = "10000")
        int streams,
    @Key(
            value = "Connections to one endpoint at a time, for each worker.",
            or = "1024",
            min = "1",
            max = "1000000")
        int upstreamConnections,
    @Key(
            value =
                "Connections to one endpoint that are kept without a request, for each worker;"
                    + " those that a burst needed beyond it go when they were idle for a second.",
            or = "256",
            min = "0",
            max = "1000000")
        int upstreamIdleConnections,
    @Key(value = "What one client may take up; a client is an address prefix.", or = "{}")
        ClientLimits client,
    @Key(value = "From when on new requests are turned away.", or = "{}") Overload overload) {
  /** Client connections at a time if the file does not say. */
  private static final int CONNECTIONS = 20_000;

  /** How many client connections there may be, as far as the process may open so many files. */
  public int mostConnections() {
    return connections == null ? CONNECTIONS : connections;
  }
}
