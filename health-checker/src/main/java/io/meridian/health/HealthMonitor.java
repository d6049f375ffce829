package io.meridian.health;

import io.meridian.config.MeridianConfig;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Ticker;
import java.util.function.Consumer;

/**
 * The shell around the pure rules: runs probes and timers on its own loop, takes outcomes of real
 * traffic from any thread, and publishes a {@link HealthView} at each change.
 */
public final class HealthMonitor implements AutoCloseable {

  /**
   * @param loop one event loop that carries no traffic; probes and all state live on it
   * @param onView called on that loop after each publication
   * @param onEvent called on that loop for each change of state
   */
  public HealthMonitor(
      EventLoopGroup loop,
      Ticker ticker,
      Consumer<HealthView> onView,
      Consumer<HealthEvent> onEvent) {
    throw new UnsupportedOperationException("" + loop + ticker + onView + onEvent);
  }

  /** Starts, or applies another configuration; endpoints that stay keep their state. Any thread. */
  public void configure(MeridianConfig config) {
    throw new UnsupportedOperationException(config.toString());
  }

  /** The newest view: one volatile read. */
  public HealthView view() {
    throw new UnsupportedOperationException();
  }

  /**
   * A failure of real traffic, told at once. Any thread.
   *
   * @param endpoint {@code host:port}
   */
  public void failure(String region, String endpoint, Outcome outcome) {
    throw new UnsupportedOperationException(region + endpoint + outcome);
  }

  /**
   * What an endpoint did since the last call, folded by the proxy a few times a second. Any thread.
   *
   * @param successes attempts that ended well
   * @param failures attempts that were told to {@link #failure} in the same span
   * @param logMeanMillis mean of ln(round trip in ms) over connects and first bytes; NaN if none
   * @param samples how many are in that mean
   */
  public void traffic(
      String region,
      String endpoint,
      long successes,
      long failures,
      double logMeanMillis,
      int samples) {
    throw new UnsupportedOperationException(
        region + endpoint + successes + failures + logMeanMillis + samples);
  }

  @Override
  public void close() {}
}
