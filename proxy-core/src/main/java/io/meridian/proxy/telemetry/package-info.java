/**
 * Every meter, label and log field: one place to keep stable. Event loops count in meters that they
 * resolved once by name ({@link io.meridian.proxy.telemetry.Telemetry}); a scrape folds them. One
 * line a request goes out through {@link io.meridian.proxy.telemetry.AccessLog}.
 */
@NullMarked
package io.meridian.proxy.telemetry;

import org.jspecify.annotations.NullMarked;
