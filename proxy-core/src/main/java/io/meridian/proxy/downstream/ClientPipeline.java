package io.meridian.proxy.downstream;

import io.meridian.proxy.downstream.Door.Settings;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.exchange.Secured;
import io.meridian.proxy.tls.ServerTls;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client connection is led through, in this order: PROXY header, TLS, the protocol that ALPN
 * chose. In the clear and without PROXY headers the protocol is there from the first byte.
 *
 * @param remote the socket's own addresses
 */
record ClientPipeline(
    LoopContext context,
    Channel channel,
    Door door,
    Settings settings,
    InetSocketAddress remote,
    InetSocketAddress local) {

  /** What is spoken within TLS, by its ALPN names, best first. */
  static final List<String> PROTOCOLS = List.of("http/1.1");

  /** Puts the first step in place. */
  void start() {
    if (settings.listener().proxyProtocol() == null) {
      addressed(remote, local);
    } else {
      channel.pipeline().addLast(new ProxyHeaderReader(this));
    }
  }

  /** It is known who the client is and what it connected to. */
  void addressed(InetSocketAddress client, InetSocketAddress target) {
    ServerTls tls = settings.tls();
    if (tls == null) {
      speak("", peer(client, target, null));
    } else {
      TlsHandshake.start(this, tls, client, target);
    }
  }

  /**
   * All that comes before it is done: adds the protocol.
   *
   * @param protocol by its ALPN name; empty if none was agreed on
   */
  void speak(String protocol, Peer peer) {
    switch (protocol) {
      case "", "http/1.1" ->
          channel.pipeline().addLast(new Http1Downstream(context, channel, peer));
      default -> throw new IllegalStateException("not spoken: " + protocol);
    }
  }

  Peer peer(InetSocketAddress client, InetSocketAddress target, @Nullable Secured secured) {
    return new Peer(door.index(), settings.listener(), door.meters(), client, target, secured);
  }
}
