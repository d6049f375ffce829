package io.meridian.config;

import java.util.List;

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
            value = "Whether clients may speak HTTP/2; in plain text those that know it beforehand.",
            or = "true")
        boolean http2) {}
