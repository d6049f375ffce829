/**
 * Meridian's own strict HTTP/1.1 wire layer: message heads and bodies, parsed in place, no
 * channels.
 */
@NullMarked
package io.meridian.proxy.http;

import org.jspecify.annotations.NullMarked;
