package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a large file costs to read: paths are made for faults only, defaults once. */
class KeyPathTest {
  @Test
  void a_path_reads_as_faults_have_it() {
    KeyPath regions = KeyPath.ROOT.key("regions");
    assertEquals("", KeyPath.ROOT.toString());
    assertEquals("regions", regions.toString());
    assertEquals("regions[2].name", regions.item(2).key("name").toString());
    assertEquals("a..b", KeyPath.ROOT.key("a").key("").key("b").toString());
  }

  @Test
  void routes_that_leave_a_key_out_share_its_default() throws ConfigException {
    MeridianConfig config =
        new ConfigLoader(Map.of())
            .parse(
                "two routes",
                """
                version: 1
                listeners: [{ name: l, address: "127.0.0.1:8080" }]
                regions: [{ name: r, endpoints: [{ url: "http://127.0.0.1:9" }] }]
                routes: [{ name: a, match: { hosts: [a.test] } }, { name: b }]
                """);
    Route first = config.routes().getFirst();
    Route second = config.routes().getLast();
    assertSame(first.deadline(), second.deadline());
    assertSame(first.band(), second.band());
  }
}
