/** The proxy itself. Main is the command line; Meridian builds, starts, drains and stops. */
@NullMarked
package io.meridian.proxy;

import org.jspecify.annotations.NullMarked;
