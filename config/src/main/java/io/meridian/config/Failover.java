package io.meridian.config;

import java.time.Duration;
import java.util.List;

/** When a request may move to another endpoint or region. Sizes are in bytes. */
@Key("When a request may move to another endpoint or region.")
public record Failover(
    @Key(
            value = "The most attempts of one request, the first included.",
            or = "4",
            min = "1",
            max = "10")
        int attempts,
    @Key(value = "Whether a slow connect is raced against the next region's.", or = "true")
        boolean race,
    @Key(
            value =
                "Whether a request that may be repeated and whose answer is overdue is sent to the"
                    + " next region too.",
            or = "true")
        boolean hedge,
    @Key(
            value =
                "Response statuses that count as failures of the endpoint; the request may then be"
                    + " retried.",
            or = "[500, 502, 503, 504]",
            min = "400",
            max = "599")
        List<Integer> retryOn,
    @Key(
            value =
                "Whether a 503, by which a server says that it did not handle the request (RFC"
                    + " 9110, 15.6.4), lets a request of any method move while its body is still"
                    + " held.",
            or = "true")
        boolean replayOn503,
    @Key(
            value = "Retries and hedges allowed, as a share of requests.",
            or = "20%",
            form = Form.PERCENT)
        int budget,
    @Key(
            value = "Retries and hedges a second that are always allowed.",
            or = "3",
            min = "0",
            max = "1000000")
        int budgetFloor,
    @Key(
            value =
                "How much of one request's body is held, so that the request can be sent again.",
            or = "64KiB",
            form = Form.SIZE,
            min = "0",
            max = "64MiB")
        long replayBody,
    @Key(
            value = "How much of all requests' bodies together is held to be sent again.",
            or = "64MiB",
            form = Form.SIZE,
            min = "0",
            max = "16GiB")
        long replayTotal,
    @Key(
            value =
                "How long a request waits for a region to come back when none that is allowed is up;"
                    + " 0s: not at all. The route's deadline ends it too.",
            or = "5s",
            min = "0s",
            max = "5m")
        Duration hold) {}
