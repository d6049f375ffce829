/**
 * TLS on both sides. Towards clients: ServerTls, which a listener asks for a handler for each
 * connection. Towards endpoints: UpstreamTlsContext, UpstreamTlsFiles.
 */
@NullMarked
package io.meridian.proxy.tls;

import org.jspecify.annotations.NullMarked;
