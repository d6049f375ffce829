package io.meridian.proxy.demo;

import java.util.List;
import java.util.Locale;

/** The text of the configuration file that the demo's proxy runs on. */
final class DemoConfig {
  /** How the file begins; one that begins so may be written over. */
  static final String HEADER = "# Written by `meridian demo`.";

  private DemoConfig() {}

  /**
   * @param workers event loops; 0: one for each core
   */
  static String text(int port, int adminPort, int workers, List<RegionServer> regions) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            """
            %s
            # Edit it while the demo runs: it is applied at once, or refused with the reason.
            version: 1
            edge: { name: frankfurt, location: { latitude: 50.11, longitude: 8.68 } }
            workers: %d

            listeners:
              - name: public
                address: "127.0.0.1:%d"
                # Believes X-Forwarded-For from this machine, so that curl can play any client.
                trusted_proxies: ["127.0.0.0/8"]

            admin: { address: "127.0.0.1:%d" }
            access_log: { output: file, file: access.log }

            regions:
            """,
            HEADER,
            workers,
            port,
            adminPort));
    for (RegionServer server : regions) {
      DemoRegion region = server.region();
      text.append(
          String.format(
              Locale.ROOT,
              """
                - name: %s  # %s
                  location: { latitude: %.3f, longitude: %.3f }
                  endpoints: [{ url: "http://127.0.0.1:%d" }]
              """,
              region.name(),
              region.place(),
              region.latitude(),
              region.longitude(),
              server.port()));
    }
    String european = String.join(", ", DemoRegion.EUROPEAN);
    return text.append(
            String.format(
                Locale.ROOT,
                """

                # The way to a region is simulated: connections open at once, answers take their time.
                health: { http: { path: %s }, interval: 1s, timeout: 900ms, measure: first_byte }

                fences:
                  # Clients in Europe are served in Europe or not at all, whatever fails.
                  - { name: gdpr, when: { client_continent: [EU] }, allow: [%s], status: 451 }

                routes:
                  - { name: everything, fence: gdpr, deadline: 5s }
                  # Data that lives in some regions only:
                  - { name: americas, match: { paths: [/americas/] }, regions: [us-east, sa-east] }
                  - { name: asia, match: { paths: [/asia/] }, regions: [ap-southeast, us-east] }
                """,
                RegionHandler.PROBE_PATH,
                european))
        .toString();
  }
}
