package io.meridian.config;

import java.time.Duration;

/** How long things may take. */
@Key("How long things may take.")
public record Timeouts(
    @Key(
            value = "From the first byte of a request to the end of its head.",
            or = "10s",
            min = "1ms",
            max = "24h")
        Duration requestHead,
    @Key(value = "Between two reads of a request's body.", or = "30s", min = "1ms", max = "24h")
        Duration requestBody,
    @Key(
            value = "Opening one connection to an endpoint, TLS included.",
            or = "2s",
            min = "1ms",
            max = "24h")
        Duration connect,
    @Key(value = "Between two reads of a response's body.", or = "30s", min = "1ms", max = "24h")
        Duration responseBody,
    @Key(value = "A client connection without a request.", or = "60s", min = "1ms", max = "24h")
        Duration idle,
    @Key(
            value =
                "A pooled connection without a request. Keep it below the endpoints' own time-out.",
            or = "30s",
            min = "1ms",
            max = "24h")
        Duration upstreamIdle,
    @Key(
            value = "An upgraded connection (WebSocket) without a byte in either direction.",
            or = "5m",
            min = "1ms",
            max = "24h")
        Duration tunnelIdle,
    @Key(
            value =
                "The longest life of an upgraded connection, which then gets a Close frame. 0s means"
                    + " no limit.",
            or = "0s",
            min = "0s",
            max = "720h")
        Duration tunnelMax,
    @Key(
            value =
                "Upgraded connections and event streams of a region that is out of rotation are"
                    + " ended in order, spread over this time.",
            or = "30s",
            min = "0s",
            max = "24h")
        Duration streamDrain,
    @Key(
            value = "On stop: how long requests in flight may still take.",
            or = "30s",
            min = "0s",
            max = "24h")
        Duration drain,
    @Key(
            value =
                "On stop, and before a listener that a reload takes away closes: new clients are let"
                    + " in until none has come for so long, within a third of `drain`. Answers end"
                    + " their connections meanwhile.",
            or = "1s",
            min = "0s",
            max = "1h")
        Duration drainQuiet,
    @Key(
            value =
                "From a client's connect, or its PROXY header, to the end of the TLS handshake.",
            or = "5s",
            min = "1ms",
            max = "24h")
        Duration tlsHandshake,
    @Key(
            value = "From a client's connect to the end of its PROXY header, where one is due.",
            or = "5s",
            min = "1ms",
            max = "24h")
        Duration proxyProtocol) {}
