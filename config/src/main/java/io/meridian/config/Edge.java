package io.meridian.config;

import org.jspecify.annotations.Nullable;

/** This edge: a name for logs, and where it stands. */
@Key("This edge: what it is called and where it stands.")
public record Edge(
    @Key(
            value =
                "The edge's name, in logs and, as `meridian-NAME`, in `Via`. A request that comes to the"
                    + " name for a third time is refused as a loop.",
            or = "edge",
            form = Form.NAME)
        String name,
    @Key(
            value =
                "Where this edge stands. Until a region has been measured, its latency is estimated"
                    + " from the distance.",
            absent = "unknown: every region starts at 100 ms")
        @Nullable Coordinates location) {}
