package io.meridian.proxy.demo;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the proxy has counted since the start, from the text of its metrics.
 *
 * @param requests answered
 * @param failed answered with a 5xx
 * @param fenced refused, as no region was left that may serve the client
 * @param failovers moves of a request from one region to another
 */
public record Totals(long requests, long failed, long fenced, long failovers) {
  private static final Pattern REQUESTS =
      Pattern.compile("(?m)^meridian_requests_total\\{.*code=\"(\\w+)\".*} (\\S+)$");
  private static final Pattern FAILOVERS =
      Pattern.compile("(?m)^meridian_failovers_total\\{.*} (\\S+)$");
  private static final String FENCED = "451";

  static Totals of(String metrics) {
    long requests = 0;
    long failed = 0;
    long fenced = 0;
    Matcher found = REQUESTS.matcher(metrics);
    while (found.find()) {
      long count = (long) Double.parseDouble(found.group(2));
      requests += count;
      failed += found.group(1).startsWith("5") ? count : 0;
      fenced += found.group(1).equals(FENCED) ? count : 0;
    }
    long failovers = 0;
    Matcher moved = FAILOVERS.matcher(metrics);
    while (moved.find()) {
      failovers += (long) Double.parseDouble(moved.group(1));
    }
    return new Totals(requests, failed, fenced, failovers);
  }

  @Override
  public String toString() {
    return requests
        + " requests, "
        + failed
        + " failed, "
        + failovers
        + " failovers"
        + (fenced == 0 ? "" : ", " + fenced + " refused by the fence");
  }
}
