package io.meridian.config;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One region: its endpoints, and where it stands. {@code dial} is in percent. */
@Key("One region: its endpoints, and where it stands.")
public record Region(
    @Key(value = "The region's name, by which routes and fences refer to it.", form = Form.NAME)
        String name,
    @Key(
            value = "Where the region stands, for the first estimate of its latency.",
            absent = "unknown: it starts at 100 ms")
        @Nullable Coordinates location,
    @Key(
            value = "Its share among regions that are equally near.",
            absent = "the nearest takes all",
            min = "0",
            max = "1000")
        @Nullable Integer weight,
    @Key(
            value =
                "How much of the traffic that it would get it may get, in failover too; 0% takes it"
                    + " out. What no region takes is answered with 503.",
            or = "100%",
            form = Form.PERCENT)
        int dial,
    @Key(
            value = "Whether it takes more than its dial says when no other region is left.",
            or = "false")
        boolean emergency,
    @Key(
            value =
                "Draws traffic (1 to 99) or pushes it away (-99 to -1) where regions are ordered by"
                    + " latency or distance d: it counts as d * (1 - bias/100), if negative as"
                    + " d / (1 + bias/100).",
            or = "0",
            min = "-99",
            max = "99")
        int bias,
    @Key(value = "The addresses that can serve requests.", atLeast = 1) List<Endpoint> endpoints,
    @Key(
            value =
                "What is spoken to the endpoints: `http1`, `http2` (gRPC needs it), or `auto`, which"
                    + " lets an `https` endpoint choose (ALPN) and is HTTP/1.1 elsewhere. Over `http`,"
                    + " `http2` starts without asking (prior knowledge).",
            or = "http1")
        Protocol protocol,
    @Key(
            value = "How TLS is spoken to endpoints with `https` URLs, by traffic and by probes.",
            or = "{}")
        UpstreamTls tls,
    @Key(
            value =
                "Whether each connection starts with a PROXY header that names the client: `off`,"
                    + " `v1` or `v2`. Such a connection is its client's: every request opens one of its"
                    + " own.",
            or = "off")
        ProxyHeader sendProxyProtocol,
    @Key(
            value =
                "The region's own address for clients, to which a route's `steer` sends them:"
                    + " `https://eu.example.com`.",
            absent = "clients are not sent there",
            form = Form.URL)
        @Nullable URI publicUrl) {

  /** {@link #publicUrl} as text without a slash at its end; null: there is none. */
  public @Nullable String publicAddress() {
    return publicUrl == null ? null : publicUrl.toString().replaceFirst("/$", "");
  }

  /** The host of {@link #publicUrl} in lower case; null: there is none. */
  public @Nullable String publicHost() {
    return publicUrl == null ? null : publicUrl.getHost().toLowerCase(Locale.ROOT);
  }

  /** The same with another dial, in percent. */
  Region withDial(int percent) {
    return new Region(
        name,
        location,
        weight,
        percent,
        emergency,
        bias,
        endpoints,
        protocol,
        tls,
        sendProxyProtocol,
        publicUrl);
  }

  /** What is spoken to endpoints. */
  public enum Protocol {
    HTTP1,
    HTTP2,
    AUTO
  }

  /** Whether connections start with a PROXY header, and which. */
  public enum ProxyHeader {
    OFF,
    V1,
    V2
  }

  /** One address that can serve requests. */
  @Key("One address that can serve requests.")
  public record Endpoint(
      @Key("`http://host:port` or `https://host:port`, without path, query or user.") URI url,
      @Key(
              value = "Its share relative to the other endpoints of its region.",
              or = "1",
              min = "1",
              max = "1000")
          int weight) {
    /** The port to connect to: the URL's, or its scheme's. */
    public int port() {
      return url.getPort() >= 0 ? url.getPort() : secure() ? 443 : 80;
    }

    /** Whether it is spoken to in TLS. */
    public boolean secure() {
      return url.getScheme().equals("https");
    }

    /** The host to connect to, without brackets. */
    public String host() {
      String host = url.getHost();
      return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** {@code host:port}: what logs, metrics and the API call this endpoint. */
    public String name() {
      return new HostPort(host(), port()).toString();
    }
  }
}
