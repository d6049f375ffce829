package io.meridian.config;

import java.time.Duration;

/** What a route stores of its answers and when it gives them out again. */
@Key(
    "Stores answers that say by `Cache-Control`, `Expires` or a validator that they may be stored,"
        + " and gives them out again (RFC 9111). `{}` takes all defaults.")
public record RouteCache(
    @Key(
            value =
                "How long a stored answer serves after it went stale while no endpoint gives a"
                    + " better one, where the answer's own `stale-if-error` says nothing. Never"
                    + " where it says `must-revalidate`, `no-cache` or the like.",
            or = "0s",
            min = "0s",
            max = "9000h")
        Duration staleIfError,
    @Key(
            value =
                "How long a stored answer serves after it went stale while a newer one is fetched"
                    + " in the background, where its own `stale-while-revalidate` says nothing.",
            or = "0s",
            min = "0s",
            max = "9000h")
        Duration staleWhileRevalidate,
    @Key(
            value =
                "Answers that say nothing of their lifetime, but when they were last changed, are"
                    + " fresh for a tenth of the time since then, and this at most; 0s: they are"
                    + " never fresh.",
            or = "0s",
            min = "0s",
            max = "9000h")
        Duration heuristic,
    @Key(
            value =
                "How long requests wait for one that fetches the same; then they go themselves. 0s:"
                    + " each goes.",
            or = "5s",
            min = "0s",
            max = "60s")
        Duration coalesce,
    @Key(
            value =
                "Whether `Cache-Control` and `Pragma` of requests count, so that a client's reload"
                    + " reaches an endpoint. `no-store` and `only-if-cached` always count.",
            or = "true")
        boolean clientControl) {}
