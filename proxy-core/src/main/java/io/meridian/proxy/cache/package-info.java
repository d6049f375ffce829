/**
 * What answers may be stored and given out again, and the store itself. Read {@link
 * io.meridian.proxy.cache.StoredResponse}, {@link io.meridian.proxy.cache.Storing} and {@link
 * io.meridian.proxy.cache.ResponseCache}; pure but for the latter.
 *
 * @see "RFC 9111; RFC 5861; RFC 9211; RFC 9213"
 */
@NullMarked
package io.meridian.proxy.cache;

import org.jspecify.annotations.NullMarked;
