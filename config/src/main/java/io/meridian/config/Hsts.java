package io.meridian.config;

import java.time.Duration;

/** Strict-Transport-Security on every answer (RFC 6797). */
@Key("`Strict-Transport-Security` on every answer: browsers then never use plain HTTP (RFC 6797).")
public record Hsts(
    @Key(
            value = "How long browsers keep to it. `0s` makes them forget it.",
            or = "8760h",
            min = "0s",
            max = "26280h")
        Duration maxAge,
    @Key(value = "Whether it binds all subdomains too.", or = "false") boolean includeSubdomains,
    @Key(
            value =
                "Whether the host may be put on browsers' own lists; hard to take back. Needs"
                    + " `include_subdomains` and a year.",
            or = "false")
        boolean preload) {}
