/** Sockets to endpoints: pools, connections, what they report. Start at EndpointPool. */
@NullMarked
package io.meridian.proxy.upstream;

import org.jspecify.annotations.NullMarked;
