package io.meridian.proxy.exchange;

import io.meridian.config.Cidr;
import io.meridian.config.Listener;
import io.meridian.geo.Location;
import io.meridian.geo.Places;
import io.meridian.proxy.telemetry.ListenerMeters;
import io.meridian.proxy.upstream.ClientEnds;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the far end of a client connection, worked out once when it is accepted. Event
 * loop only.
 */
public final class Peer {
  private static final byte[] HTTP = "http".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HTTPS = "https".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] NO_NAME = {};
  private static final Departure STAYS = new Departure();

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
  private final int redirectPort;
  private final byte[] responseFields;
  private final @Nullable Secured secured;
  private Departure departure = STAYS;
  private byte @Nullable [] forwarded;
  private Location location = Location.UNKNOWN;
  private long locationGeneration = -1;

  /**
   * @param remote the client's address: the socket's, or what a PROXY header says
   * @param local the address that the client connected to, by the same source
   * @param secured null: the client speaks in the clear
   */
  public Peer(
      int listenerIndex,
      Listener listener,
      ListenerMeters meters,
      InetSocketAddress remote,
      InetSocketAddress local,
      @Nullable Secured secured) {
    this.secured = secured;
    this.redirectPort = listener.redirectToHttps() == null ? 0 : listener.redirectToHttps();
    this.responseFields = Secured.responseFields(listener.hsts());
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

  /** {@code http} or {@code https}. */
  public byte[] scheme() {
    return secured == null ? HTTP : HTTPS;
  }

  /** What is known of the TLS that it speaks; null if it speaks in the clear. */
  public @Nullable Secured secured() {
    return secured;
  }

  /** Field lines that every answer carries, each with its line end; empty if there are none. */
  public byte[] responseFields() {
    return responseFields;
  }

  /** The name that the client asked for in TLS; empty without TLS, or if it named none. */
  byte[] serverName() {
    return secured == null ? NO_NAME : secured.serverName();
  }

  /** The port of https that requests are sent to instead; 0: they are served. */
  public int redirectPort() {
    return redirectPort;
  }

  /**
   * Endpoints get {@code Forwarded} too.
   *
   * @param edge what this edge is called
   */
  public void forwardedBy(String edge) {
    forwarded = Forwarded.prefix(addressText, edge);
  }

  /** The begin of this hop's element of {@code Forwarded}; null: there is no such field. */
  byte @Nullable [] forwarded() {
    return forwarded;
  }

  /** When its connection is to end. */
  public void leavesBy(Departure plan) {
    departure = plan;
  }

  /** How far the end of its listener's connections has come. */
  public Departure departure() {
    return departure;
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
