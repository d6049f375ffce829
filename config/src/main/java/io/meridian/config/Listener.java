package io.meridian.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An address that clients connect to, in HTTP/1.1 or HTTP/2. */
@Key("An address that clients connect to, in HTTP/1.1 or HTTP/2.")
public record Listener(
    @Key(value = "The listener's name in logs and metrics.", form = Form.NAME) String name,
    @Key("The address to listen on.") HostPort address,
    @Key(
            value =
                "Prefixes of the proxies before this one, whose `Forwarded` and `X-Forwarded-For`"
                    + " are believed.",
            or = "[]")
        List<Cidr> trustedProxies,
    @Key(
            value =
                "Whether clients may speak HTTP/2: over TLS by ALPN, in plain text those that know"
                    + " it beforehand.",
            or = "true")
        boolean http2,
    @Key(
            value =
                "Whether endpoints get `Forwarded` (RFC 7239) beside `X-Forwarded-*`: one element"
                    + " with `for`, `by` (the edge's name), `host` and `proto`, behind those of"
                    + " trusted proxies.",
            or = "false")
        boolean forwarded,
    @Key(value = "TLS on this listener.", absent = "plain text") @Nullable ListenerTls tls,
    @Key(
            value =
                "A load balancer before this one sends PROXY headers, before TLS if there is any.",
            absent = "no such header is expected")
        @Nullable ProxyProtocol proxyProtocol,
    @Key(
            value =
                "Requests are answered with a redirect to `https` at this port, with the same host"
                    + " and path: 301 to GET and HEAD, else 308.",
            absent = "requests are served",
            min = "1",
            max = "65535")
        @Nullable Integer redirectToHttps,
    @Key(
            value = "Tells browsers to use nothing but `https`. Needs `tls`.",
            absent = "no such field is added")
        @Nullable Hsts hsts) {}
