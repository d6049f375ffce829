package io.meridian.config;

import java.time.Duration;

/** From when on new requests are answered with 503, so that those under way come through. */
@Key(
    "From when on new requests are answered with 503 and `Retry-After`, so that those under way come"
        + " through.")
public record Overload(
    @Key(
            value =
                "Requests in progress at a time; each worker takes its part. Upgraded connections"
                    + " don't count.",
            or = "10000",
            min = "1",
            max = "10000000")
        int requests,
    @Key(
            value =
                "How late an event loop may run, three times in a row at 100 ms intervals. 0s means"
                    + " however late.",
            or = "1s",
            min = "0s",
            max = "60s")
        Duration lag,
    @Key(
            value =
                "How full the memory for socket buffers may be. Above two thirds of this, slow"
                    + " clients get small buffers; above it, the slowest are cut too.",
            or = "75%",
            form = Form.PERCENT,
            min = "10%",
            max = "95%")
        int memory) {}
