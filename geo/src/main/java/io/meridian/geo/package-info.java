/** Client address to place. Start at GeoService; MaxMind's reader stays inside this package. */
@NullMarked
package io.meridian.geo;

import org.jspecify.annotations.NullMarked;
