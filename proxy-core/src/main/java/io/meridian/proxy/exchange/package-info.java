/** The life of one request. Read ProxyExchange first, then Attempt. */
@NullMarked
package io.meridian.proxy.exchange;

import org.jspecify.annotations.NullMarked;
