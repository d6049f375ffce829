/**
 * The life of one request. Read ProxyExchange first: it tells in order what happens, and hands each
 * step to a part that it owns and reuses.
 *
 * <pre>
 * Gate         is it let in?                      LastResort     no endpoint answers: what then?
 * Destination  where may it go?                   RegionWait     until a region is back
 * Dispatch     attempts, races, hedges            Acceptance     is this answer for the client?
 * Recovery     an attempt failed: the next        CachedAnswer   what is stored instead
 * RequestRelay, ResponseRelay, StreamRelay        bytes, with back-pressure
 * </pre>
 */
@NullMarked
package io.meridian.proxy.exchange;

import org.jspecify.annotations.NullMarked;
