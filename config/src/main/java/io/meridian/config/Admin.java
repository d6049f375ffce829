package io.meridian.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where metrics, health, the API and the page are served: loopback unless the operator says
 * otherwise.
 */
@Key("Where metrics, health, the API and the live page are served.")
public record Admin(
    @Key(value = "The address to listen on. Keep it off public networks.", or = "127.0.0.1:9901")
        HostPort address,
    @Key(
            value =
                "A file that holds the bearer token which requests that change something must carry.",
            absent = "such requests are refused",
            form = Form.SECRET_FILE)
        @Nullable Path tokenFile,
    @Key(value = "What drains and other changes by the API must keep to.", or = "{}")
        ControlRules controls) {}
