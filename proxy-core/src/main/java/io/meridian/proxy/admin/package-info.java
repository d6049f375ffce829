/**
 * What operators and their tools see: probes, metrics, the API and a page, on a port of its own.
 * AdminApi is what the proxy tells; AdminRoutes says which path shows what.
 */
@NullMarked
package io.meridian.proxy.admin;

import org.jspecify.annotations.NullMarked;
