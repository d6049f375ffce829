package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigLoaderTest {
  static final String SMALL =
      """
      version: 1
      listeners:
        - { name: public, address: "0.0.0.0:8080" }
      regions:
        - { name: eu-west, endpoints: [{ url: "http://10.1.0.10:8080" }] }
      """;

  @Test
  void a_small_file_loads() throws Exception {
    MeridianConfig config = new ConfigLoader(Map.of()).parse("test", SMALL);
    assertEquals("eu-west", config.regions().getFirst().name());
  }
}
