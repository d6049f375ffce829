/**
 * TLS by BoringSSL: start at ServerTls, which a listener asks for a handler for each connection.
 */
@NullMarked
package io.meridian.proxy.tls;

import org.jspecify.annotations.NullMarked;
