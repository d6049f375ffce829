package io.meridian.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How endpoints are probed. Probes start at once and are spread over the interval. */
@Key("How endpoints are probed. Give one of `http`, `tcp` and `tls`.")
public record Health(
    @Key(value = "What a probe does: one of `http`, `tcp` and `tls`.", or = "tcp") Check check,
    @Key(
            value = "Time between probes of one endpoint, plus or minus 10 % of jitter.",
            or = "1s",
            min = "10ms",
            max = "1h")
        Duration interval,
    @Key(
            value = "Time between probes while an endpoint is suspect, ejected or on probation.",
            or = "100ms",
            min = "10ms",
            max = "1h")
        Duration burstInterval,
    @Key(
            value =
                "The longest a probe may take. Where an endpoint answers fast, the time-out adapts"
                    + " and is shorter.",
            or = "500ms",
            min = "1ms",
            max = "1h")
        Duration timeout,
    @Key(
            value = "Successful probes in a row that bring an ejected endpoint to probation.",
            or = "2",
            min = "1",
            max = "100")
        int rise,
    @Key(value = "Failed probes in a row that eject an endpoint.", or = "2", min = "1", max = "100")
        int fall,
    @Key(
            value =
                "What of an `http` probe is the round trip: the time to connect, or from the request"
                    + " to the first byte of its answer. `first_byte` is for endpoints behind a"
                    + " load balancer or proxy that takes connections nearer than they are.",
            or = "connect")
        Measure measure,
    @Key(
            value =
                "A file that keeps states, hold-downs and estimates over a restart: a region that"
                    + " was down gets no request before a probe says so. Its directory must be"
                    + " writable; the file is replaced as a whole.",
            absent = "nothing is kept",
            form = Form.WRITABLE_FILE)
        @Nullable Path stateFile,
    @Key(
            value =
                "Which fields of probes' and other answers tell how fresh an endpoint's data is.",
            or = "{}")
        Replica replica,
    @Key(
            value =
                "Whether ejections that rest on failures of real traffic are only reported, as"
                    + " `would eject`, and not carried out: to see what the rules would do before"
                    + " they do it. Failed probes eject as ever, and a suspect endpoint still"
                    + " stands behind the others for a moment.",
            or = "false")
        boolean reportOnly) {

  /** Fields by which endpoints tell of their copy of the data. */
  @Key("Which fields of probes' and other answers tell how fresh an endpoint's data is.")
  public record Replica(
      @Key(
              value = "How far the copy lags behind: a number, with a fraction if need be.",
              absent = "no lag is known",
              form = Form.FIELD_NAME)
          @Nullable String lagHeader,
      @Key(value = "What that number counts: `s` or `ms`.", or = "s") Unit lagUnit,
      @Key(
              value =
                  "Up to where the copy has come: a whole number, or two in hexadecimal as"
                      + " PostgreSQL writes its log positions (`16/B374D848`). Answers to writes carry"
                      + " the position of what was written.",
              absent = "no position is known",
              form = Form.FIELD_NAME)
          @Nullable String positionHeader,
      @Key(
              value = "How long such a word holds when no newer one comes.",
              or = "30s",
              min = "100ms",
              max = "1h")
          Duration expires) {}

  /** What a number of a lag counts. */
  public enum Unit {
    S,
    MS
  }

  /** What of a probe counts as the round trip. */
  public enum Measure {
    /** The TCP connect. */
    CONNECT,
    /** From the request of an HTTP probe to the first byte of its answer. */
    FIRST_BYTE
  }

  /** What a probe does. */
  public sealed interface Check {}

  /** One HTTP/1.1 request; HTTPS where the endpoint's URL says so. */
  @Key(
      "Probe with one HTTP/1.1 request, on a connection of its own. Beyond 50 probes a second in"
          + " all, endpoints that are well are asked over a connection that is kept, and have a new"
          + " one in turn.")
  public record Http(
      @Key(value = "The request method.", or = "GET", form = Form.METHOD) String method,
      @Key(value = "The path to ask for, with a query if need be.", or = "/", form = Form.TARGET)
          String path,
      @Key(
              value = "The `Host` field.",
              absent = "the endpoint's own host and port",
              form = Form.HOST_FIELD)
          @Nullable String host,
      @Key(
              value = "Statuses that mean success: codes and inclusive ranges.",
              or = "[200-299]",
              atLeast = 1,
              single = true)
          List<StatusRange> statuses,
      @Key(
              value = "Text that the first 64 KiB of the body must hold.",
              absent = "the body is not looked at")
          @Nullable String bodyContains)
      implements Check {}

  /** A TCP connection that opens. */
  @Key("Probe by opening a TCP connection.")
  public record Tcp() implements Check {}

  /** A TLS handshake that completes. */
  @Key("Probe by completing a TLS handshake.")
  public record Tls(
      @Key(value = "The name to ask for (SNI).", absent = "the endpoint's host", form = Form.HOST)
          @Nullable String serverName)
      implements Check {}

  /** Inclusive range of status codes. */
  public record StatusRange(int first, int last) {}
}
