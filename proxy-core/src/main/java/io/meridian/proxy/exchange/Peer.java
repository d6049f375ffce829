package io.meridian.proxy.exchange;

import io.meridian.config.Cidr;
import io.meridian.config.Listener;
import io.meridian.geo.Location;
import io.meridian.geo.Places;
import io.meridian.proxy.telemetry.ListenerMeters;
import io.meridian.proxy.upstream.ClientEnds;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * What is known of the far end of a client connection, worked out once when it is accepted. Event
 * loop only.
 */
public final class Peer {
  private final int listenerIndex;
  private final ListenerMeters meters;
  private final byte[] address;
  private final byte[] addressText;
  private final byte[] localPort;
  private final InetSocketAddress remote;
  private final InetSocketAddress local;
  private final boolean trusted;
  private final boolean http2;
  private final Cidr[] trustedProxies;
  private Location location = Location.UNKNOWN;
  private long locationGeneration = -1;

  public Peer(
      int listenerIndex,
      Listener listener,
      ListenerMeters meters,
      InetSocketAddress remote,
      InetSocketAddress local) {
    this.listenerIndex = listenerIndex;
    this.trustedProxies = listener.trustedProxies().toArray(Cidr[]::new);
    this.meters = meters;
    this.remote = remote;
    this.local = local;
    this.address = remote.getAddress().getAddress();
    this.addressText =
        remote
            .getAddress()
            .getHostAddress()
            .replaceFirst("%.*", "")
            .getBytes(StandardCharsets.US_ASCII);
    this.trusted = trusts(address);
    this.http2 = listener.http2();
    this.localPort = Integer.toString(local.getPort()).getBytes(StandardCharsets.US_ASCII);
  }

  public int listenerIndex() {
    return listenerIndex;
  }

  public ListenerMeters meters() {
    return meters;
  }

  /** 4 or 16 bytes. */
  public byte[] address() {
    return address;
  }

  public byte[] addressText() {
    return addressText;
  }

  /** The port that the client connected to, as text. */
  public byte[] localPort() {
    return localPort;
  }

  /** Both ends of its connection, with the client's address as it is believed to be. */
  ClientEnds ends(byte[] client) {
    return new ClientEnds(
        client,
        java.util.Arrays.equals(client, address) ? remote.getPort() : 0,
        local.getAddress().getAddress(),
        local.getPort());
  }

  /** Whether what this peer says about the client is believed. */
  public boolean trusted() {
    return trusted;
  }

  /** Whether this peer may speak HTTP/2. */
  public boolean http2() {
    return http2;
  }

  /** Whether what this address says about the client would be believed on this listener. */
  public boolean trusts(byte[] candidate) {
    for (Cidr cidr : trustedProxies) {
      if (cidr.contains(candidate)) {
        return true;
      }
    }
    return false;
  }

  /** Where this peer is, looked up once for each generation of the databases. */
  public Location location(Places places) {
    if (places.generation() != locationGeneration) {
      location = places.locate(address);
      locationGeneration = places.generation();
    }
    return location;
  }
}
