package io.meridian.proxy.demo;

import java.util.Locale;

/** What the user is told at the start: what runs where, and what to try. */
public final class Guide {
  private Guide() {}

  /** Ready to copy. */
  public static String text(Demo demo) {
    StringBuilder text = new StringBuilder();
    text.append("\nFive regions as far away as they really are from Frankfurt (round trips by\n");
    text.append("cloudping.co, median of a year), played by HTTP servers on this machine:\n");
    for (DemoRegion region : DemoRegion.ALL) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %-13s %-10s %4.0f ms   (%s)%n",
              region.name(),
              region.place(),
              region.roundTripMillis(),
              region.aws()));
    }
    String url = "http://127.0.0.1:" + demo.port();
    String control = "http://127.0.0.1:" + demo.controlPort();
    text.append("\nTo try, in another terminal:\n");
    line(text, "curl " + url + "/", "the fastest region");
    line(text, from("DE", url + "/"), "a client in Germany: Europe only");
    line(text, from("JP", url + "/asia/orders"), "a client in Japan, data in Asia");
    line(text, "curl -X POST " + control + "/kill/eu-central", "lose the nearest region");
    line(text, "curl -X POST " + control + "/slow/eu-west/300ms", "a region gets slow");
    line(text, "curl -X POST " + control + "/kill/eu-west", "none left for Germany: refused");
    line(text, "curl -X POST " + control + "/heal/eu-central", "and back");
    text.append("  and edit ").append(demo.configuration()).append(": it is applied at once\n\n");
    return text.toString();
  }

  private static String from(String country, String url) {
    for (DemoClient client : DemoClient.ALL) {
      if (client.country().equals(country)) {
        return "curl -H 'X-Forwarded-For: " + client.address() + "' " + url;
      }
    }
    throw new IllegalArgumentException("no client in " + country);
  }

  private static void line(StringBuilder text, String command, String what) {
    text.append(String.format(Locale.ROOT, "  %-68s # %s%n", command, what));
  }
}
