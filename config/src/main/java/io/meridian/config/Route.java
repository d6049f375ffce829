package io.meridian.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests that match go to the fastest healthy region of {@code regions} that {@code fence}
 * allows. The most specific match wins, whatever the order in the file: exact host, then the
 * longest wildcard, then any host; then the longest path; then more header conditions; then methods
 * given.
 */
@Key("Requests that match go to the fastest healthy region that the fence allows.")
public record Route(
    @Key(value = "The route's name in logs and metrics.", or = "route-{n}", form = Form.NAME)
        String name,
    @Key(
            value = "Which requests. All conditions given must hold; without one every request.",
            or = "{}")
        Match match,
    @Key(
            value = "The regions that serve this route; all if left out.",
            or = "[]",
            form = Form.NAME,
            atLeast = 1)
        List<String> regions,
    @Key(
            value =
                "How regions are ordered: `latency`, fastest first as measured from this edge, or"
                    + " `priority`, in the order of `regions`.",
            or = "latency")
        Policy policy,
    @Key(value = "The fence that binds the route, by name.", absent = "none", form = Form.NAME)
        @Nullable String fence,
    @Key(
            value = "The longest a client waits for the head of an answer, all attempts together.",
            or = "15s",
            min = "10ms",
            max = "1h")
        Duration deadline,
    @Key(value = "How many requests the route lets in.", absent = "no limit")
        @Nullable RateLimit rateLimit,
    @Key(
            value =
                "Compresses answers that no endpoint has compressed, for clients that accept it.",
            absent = "nothing is compressed")
        @Nullable Compress compress) {

  /** All given conditions must hold; an empty list is no condition. */
  @Key("Which requests a route takes.")
  public record Match(
      @Key(
              value =
                  "Hosts, in lower case and without port: exact, or `*.example.com` for one or more"
                      + " labels before it.",
              or = "[]",
              form = Form.HOST_PATTERN,
              atLeast = 1)
          List<String> hosts,
      @Key(
              value =
                  "Paths: `/api/` takes what begins so, `/api` takes itself and what begins with"
                      + " `/api/`.",
              or = "[]",
              form = Form.PATH_PREFIX,
              atLeast = 1)
          List<String> paths,
      @Key(value = "Request methods, in upper case.", or = "[]", form = Form.METHOD, atLeast = 1)
          List<String> methods,
      @Key(value = "Header fields that a request must carry.", or = "[]", atLeast = 1)
          List<HeaderMatch> headers) {}

  /** A request field that must be there; {@code value} null: with any value, else exactly this. */
  @Key("A header field that a request must carry.")
  public record HeaderMatch(
      @Key(value = "The field's name; upper and lower case are the same.", form = Form.FIELD_NAME)
          String name,
      @Key(value = "The field's exact value.", absent = "any value") @Nullable String value) {}

  /** How allowed, healthy regions are ordered. */
  public enum Policy {
    /** Fastest first, as measured from this edge. */
    LATENCY,
    /** In the order of the route's {@code regions}: active, then passive. */
    PRIORITY
  }
}
