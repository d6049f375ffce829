package io.meridian.proxy.demo;

import java.util.List;

/**
 * A client somewhere in the world.
 *
 * @param country ISO 3166-1 alpha-2, as the embedded database says
 * @param address one of its addresses
 */
record DemoClient(String country, String address) {
  static final List<DemoClient> ALL =
      List.of(
          new DemoClient("DE", "84.128.0.1"),
          new DemoClient("FR", "90.0.0.1"),
          new DemoClient("GB", "81.128.0.1"),
          new DemoClient("US", "73.0.0.1"),
          new DemoClient("BR", "200.160.2.3"),
          new DemoClient("JP", "133.11.0.1"),
          new DemoClient("ZA", "196.25.1.1"),
          new DemoClient("AU", "1.128.0.1"),
          new DemoClient("IN", "117.192.0.1"));
}
