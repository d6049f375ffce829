package io.meridian.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Distributed traces, by W3C Trace Context and OTLP. */
@Key(
    "Distributed traces: endpoints get a `traceparent` (W3C Trace Context), the client's or a new"
        + " one, and the access log says its trace. `{}` takes all defaults.")
public record Tracing(
    @Key(
            value =
                "Whose `traceparent` and `tracestate` are continued: those of `trusted` proxies, or"
                    + " of `anyone`. Others' are replaced.",
            or = "trusted")
        ParentFrom parentFrom,
    @Key(
            value =
                "One of so many traces that begin here is sampled; traces that are continued follow"
                    + " their parent's decision.",
            or = "100",
            min = "1",
            max = "1000000")
        int oneIn,
    @Key(
            value = "Where the spans of sampled traces are sent.",
            absent = "no spans are made; the fields alone are kept or made")
        @Nullable Otlp otlp) {
  /** Whose trace is continued. */
  public enum ParentFrom {
    TRUSTED,
    ANYONE
  }

  /** A collector that takes spans. */
  @Key("A collector that takes spans by OTLP over HTTP, in JSON.")
  public record Otlp(
      @Key("The collector; spans are posted to its `/v1/traces`.") URI url,
      @Key(
              value = "A file that holds a bearer token for the collector.",
              absent = "none is sent",
              form = Form.SECRET_FILE)
          @Nullable Path tokenFile,
      @Key(value = "What this service is called in traces.", or = "meridian", form = Form.NAME)
          String service,
      @Key(value = "How often spans are sent.", or = "1s", min = "10ms", max = "1m")
          Duration interval,
      @Key(value = "Spans in one request to the collector.", or = "512", min = "1", max = "10000")
          int batch,
      @Key(value = "How long the collector may take.", or = "5s", min = "10ms", max = "1m")
          Duration timeout) {}
}
