@NullMarked
package io.meridian.health;

import org.jspecify.annotations.NullMarked;
