/** A deployment of five regions on this machine, to try the proxy with. Start at Demo. */
@NullMarked
package io.meridian.proxy.demo;

import org.jspecify.annotations.NullMarked;
