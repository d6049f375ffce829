/** Compresses answers: which, how, and with what memory. Start at {@code Compression}. */
@NullMarked
package io.meridian.proxy.compress;

import org.jspecify.annotations.NullMarked;
