/** Which endpoints and regions may be used, and how far they are. Start at HealthMonitor. */
@NullMarked
package io.meridian.health;

import org.jspecify.annotations.NullMarked;
