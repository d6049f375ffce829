/** What HTTP/2 says in the words of HTTP/1.1, and back (RFC 9113): pure transcoding. */
@NullMarked
package io.meridian.proxy.http2;

import org.jspecify.annotations.NullMarked;
