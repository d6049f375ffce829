@NullMarked
package io.meridian.proxy.demo;

import org.jspecify.annotations.NullMarked;
