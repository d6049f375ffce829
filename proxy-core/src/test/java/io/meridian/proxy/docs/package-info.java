@NullMarked
package io.meridian.proxy.docs;

import org.jspecify.annotations.NullMarked;
