/** Sockets to clients. Start at Listeners, then Http1Downstream. */
@NullMarked
package io.meridian.proxy.downstream;

import org.jspecify.annotations.NullMarked;
