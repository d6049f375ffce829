package io.meridian.proxy.downstream;

import io.meridian.config.Cidr;
import io.meridian.config.Listener;
import io.meridian.proxy.downstream.Door.Settings;
import io.meridian.proxy.exchange.ClientConnections;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.exchange.Secured;
import io.meridian.proxy.telemetry.Rejection;
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

  private static final String HTTP_1_1 = "http/1.1";
  private static final String HTTP_2 = "h2";

  /** What is spoken within TLS, by its ALPN names, best first. */
  static List<String> protocols(Listener listener) {
    return listener.http2() ? List.of(HTTP_2, HTTP_1_1) : List.of(HTTP_1_1);
  }

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
    if (!enters(client)) {
      channel.close();
      return;
    }
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
      case "", HTTP_1_1 -> channel.pipeline().addLast(new Http1Downstream(context, channel, peer));
      case HTTP_2 -> channel.pipeline().addLast(new Http2Connection(context, channel, peer));
      default -> throw new IllegalStateException("not spoken: " + protocol);
    }
  }

  /** Whether this client may have one more connection; a trusted proxy may have any number. */
  private boolean enters(InetSocketAddress client) {
    byte[] address = client.getAddress().getAddress();
    for (Cidr prefix : settings.listener().trustedProxies()) {
      if (prefix.contains(address)) {
        return true;
      }
    }
    ClientConnections.Slot slot = door.connections().enter(address);
    if (slot == null) {
      int loop = context.worker().index();
      door.meters().refused(loop);
      door.meters().rejected(loop, Rejection.CLIENT_CONNECTIONS);
      return false;
    }
    channel.closeFuture().addListener(_ -> slot.leave());
    return true;
  }

  Peer peer(InetSocketAddress client, InetSocketAddress target, @Nullable Secured secured) {
    Listener listener = settings.listener();
    Peer peer = new Peer(door.slot(), listener, door.meters(), client, target, secured);
    peer.leavesBy(door.departure());
    if (listener.forwarded()) {
      peer.forwardedBy(context.snapshot().config().edge().name());
    }
    return peer;
  }
}
