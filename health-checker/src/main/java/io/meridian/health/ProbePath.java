package io.meridian.health;

import io.meridian.config.Region;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The way to an endpoint as traffic takes it, so that a probe fails where traffic would. Called on
 * the probes' event loop.
 */
public interface ProbePath {
  /** Nothing in particular: TLS as the platform has it. */
  ProbePath PLAIN =
      new ProbePath() {
        @Override
        public void start(Channel channel, String region) {
          // nothing goes first
        }

        @Override
        public @Nullable SslHandler tls(Channel channel, String region, Region.Endpoint endpoint) {
          return null;
        }
      };

  /** Adds what is sent before anything else on a new connection (PROXY protocol). */
  void start(Channel channel, String region);

  /**
   * The handshake with an {@code https} endpoint, for HTTP/1.1; null: as the platform has it. It
   * has no time-out of its own.
   */
  @Nullable SslHandler tls(Channel channel, String region, Region.Endpoint endpoint);

  /**
   * An HTTP probe has been answered as it should.
   *
   * @param fields the answer's fields by name; null where there is no such
   */
  default void answered(
      String region, Region.Endpoint endpoint, UnaryOperator<@Nullable String> fields) {
    // nobody wants to know
  }
}
