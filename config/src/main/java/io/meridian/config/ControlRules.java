package io.meridian.config;

import java.time.Duration;

/** What changes by the admin API must keep to, so that one typed in haste does no harm. */
@Key("What drains and other changes by the admin API must keep to.")
public record ControlRules(
    @Key(
            value =
                "How many regions must stay up and switched on; a change that would leave fewer is"
                    + " refused.",
            or = "1",
            min = "1",
            max = "1000")
        int minRegions,
    @Key(value = "How long a change may hold at most.", or = "24h", min = "1m", max = "720h")
        Duration maxTtl,
    @Key(
            value = "The least time between two changes that take traffic from a region.",
            or = "10s",
            min = "0s",
            max = "1h")
        Duration pause,
    @Key(
            value = "Over which time a drain takes a region's traffic away.",
            or = "30s",
            min = "0s",
            max = "1h")
        Duration drainOver,
    @Key(value = "What drills, which fail a region on purpose, must keep to.", or = "{}")
        DrillRules drill) {}
