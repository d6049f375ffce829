package io.meridian.config;

import java.util.List;

/** Connections to a listener start with a PROXY header, which says who the client is. */
@Key("Every connection starts with a PROXY header, version 1 or 2, that says who the client is.")
public record ProxyProtocol(
    @Key(
            value = "Prefixes of those who may send it; connections from elsewhere are closed.",
            atLeast = 1)
        List<Cidr> from) {}
