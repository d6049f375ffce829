package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What clients send makes no series: their number is bounded by the configuration. */
@ExtendWith(NoLeaks.class)
class SeriesIT {
  private static final int REQUESTS = 100_000;
  private static final int AT_ONCE = 50;
  private static final Pattern VALUE = Pattern.compile(" \\S+$");
  private static final String[] METHODS = {"GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND", "ZAP"};

  private final Random random = new Random(7);

  @Test
  void a_hundred_thousand_random_hosts_and_paths_make_no_series_of_their_own() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy =
            Proxy.on("nio")
                .region("one", origin)
                .with("routes", "[{ name: api, match: { hosts: [\"*.b.test\"] } }]")
                .start()) {
      send(proxy, REQUESTS / 2);
      Set<String> half = series(proxy);
      send(proxy, REQUESTS / 2);
      Set<String> all = series(proxy);
      // A few more if the origin was late, and its state changed; not one for each request.
      assertTrue(all.size() < half.size() + 20, () -> half.size() + " series, then " + all.size());
      assertEquals(REQUESTS, proxy.metric("meridian_requests_total"));
      all.forEach(name -> assertFalse(name.contains("random-"), name));
      long own = all.stream().filter(name -> name.startsWith("meridian_requests_total")).count();
      assertTrue(own <= 4L * METHODS.length, () -> own + " series of requests_total");
    }
  }

  private void send(Proxy proxy, int requests) throws IOException {
    for (int sent = 0; sent < requests; sent += AT_ONCE) {
      try (Wire client = proxy.client()) {
        StringBuilder batch = new StringBuilder();
        for (int i = 0; i < AT_ONCE; i++) {
          batch.append(request(i));
        }
        client.send(batch.toString());
        for (int i = 0; i < AT_ONCE; i++) {
          boolean head = METHODS[i % METHODS.length].equals("HEAD");
          Wire.Message answer = head ? client.responseToHead() : client.response();
          assertEquals(i != 0, answer.status() == 404, answer.start());
        }
      }
    }
  }

  /** The first of each batch is for the route, the others for hosts that nobody has heard of. */
  private String request(int i) {
    String name = "random-" + Long.toHexString(random.nextLong());
    return METHODS[i % METHODS.length]
        + " /"
        + name
        + "?q="
        + name
        + " HTTP/1.1\r\nHost: "
        + name
        + (i == 0 ? ".b.test" : ".c.test")
        + "\r\nUser-Agent: "
        + name
        + "\r\n\r\n";
  }

  private static Set<String> series(Proxy proxy) {
    return proxy
        .meridian()
        .telemetry()
        .scrape(null)
        .lines()
        .filter(line -> line.startsWith("meridian_"))
        .map(line -> VALUE.matcher(line).replaceAll(""))
        .collect(Collectors.toSet());
  }
}
