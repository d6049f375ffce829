package io.meridian.proxy.exchange;

import io.meridian.config.Limits;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Paths;
import io.meridian.config.Paths.Separator;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.PathRules;
import io.meridian.proxy.http.RequestHead;

/** How heads of requests are read, by the configuration. */
public record HeadRules(HeadLimits limits, PathRules paths) {
  public static HeadRules of(MeridianConfig config) {
    Limits limits = config.limits();
    Paths paths = config.paths();
    return new HeadRules(
        new HeadLimits(limits.requestLine(), limits.head(), limits.fields()),
        new PathRules(
            paths.mergeSlashes(),
            paths.encodedSlash() == Separator.KEEP,
            paths.encodedBackslash() == Separator.KEEP));
  }

  /** An empty head to be read into. */
  RequestHead newHead() {
    return new RequestHead(limits, paths);
  }
}
