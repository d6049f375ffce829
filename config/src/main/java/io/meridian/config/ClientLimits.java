package io.meridian.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What one client may take up. Rates are in bytes a second; 0 means no limit. */
@Key("What one client may take up. A client is an address prefix; trusted proxies are exempt.")
public record ClientLimits(
    @Key(
            value = "Connections of one client at a time; more are closed at once.",
            absent = "three quarters of `limits.connections`",
            min = "1",
            max = "10000000")
        @Nullable Integer connections,
    @Key(
            value = "Bits of an IPv4 address that tell clients apart.",
            or = "32",
            min = "8",
            max = "32")
        int prefixV4,
    @Key(
            value =
                "Bits of an IPv6 address that tell clients apart: networks give a client 64 or"
                    + " fewer.",
            or = "64",
            min = "16",
            max = "128")
        int prefixV6,
    @Key(
            value =
                "Requests on one connection, after which it is closed in order, give or take an"
                    + " eighth. 0 means no limit.",
            or = "100000",
            min = "0",
            max = "1000000000")
        int requestsPerConnection,
    @Key(
            value =
                "Age of a connection, after which its next answer is the last, give or take an"
                    + " eighth. 0s means no limit.",
            or = "1h",
            min = "0s",
            max = "168h")
        Duration connectionAge,
    @Key(
            value =
                "Bytes a second that a request's body must bring, on average over each"
                    + " `timeouts.request_body`; slower ones are answered with 408. 0 means no limit.",
            or = "240",
            form = Form.SIZE,
            min = "0",
            max = "1GiB")
        long requestRate,
    @Key(
            value =
                "Bytes a second that a client must take of an answer that waits for it, on average"
                    + " over each `timeouts.response_body`; slower ones are cut. 0 means no limit.",
            or = "240",
            form = Form.SIZE,
            min = "0",
            max = "1GiB")
        long responseRate,
    @Key(value = "Requests of one client, on all routes together.", absent = "no limit")
        @Nullable RateLimit rateLimit,
    @Key(
            value =
                "Clients of which each rate limit keeps count; beyond, those that were idle longest"
                    + " are forgotten.",
            or = "100000",
            min = "100",
            max = "10000000")
        int remembered) {}
