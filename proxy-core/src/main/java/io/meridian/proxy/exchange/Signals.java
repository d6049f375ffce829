package io.meridian.proxy.exchange;

import io.meridian.health.Outcome;

/** Where attempts tell at once what went wrong with an endpoint. Any thread. */
public interface Signals {
  void failure(String region, String endpoint, Outcome outcome);
}
