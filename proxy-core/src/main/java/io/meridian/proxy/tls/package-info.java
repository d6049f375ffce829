/** TLS on both sides. Towards endpoints: UpstreamTlsContext, UpstreamTlsFiles. */
@NullMarked
package io.meridian.proxy.tls;

import org.jspecify.annotations.NullMarked;
