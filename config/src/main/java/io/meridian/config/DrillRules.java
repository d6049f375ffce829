package io.meridian.config;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** When a drill is broken off, and where its reports go. */
@Key("When a drill, which fails a region on purpose, is broken off, and where its reports go.")
public record DrillRules(
    @Key(
            value =
                "A drill ends when more than this part of the requests that it moved has failed in"
                    + " the last ten seconds.",
            or = "5%",
            form = Form.PERCENT,
            min = "0%",
            max = "100%")
        int maxErrors,
    @Key(
            value =
                "A drill ends when 95 % of the requests that it moved and that were answered in the"
                    + " last ten seconds took longer than this.",
            or = "5s",
            min = "1ms",
            max = "1h")
        Duration maxP95,
    @Key(
            value = "Of fewer moved requests in ten seconds neither guard judges.",
            or = "20",
            min = "1",
            max = "1000000")
        int minRequests,
    @Key(
            value =
                "A directory that keeps the reports, one JSON file for each drill. When the last"
                    + " good one was is read from them at the start.",
            absent = "reports are kept in memory until the process ends",
            form = Form.WRITABLE_DIRECTORY)
        @Nullable Path reports) {}
