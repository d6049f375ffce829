/** The operator's file as checked records: nobody else parses. Start at MeridianConfig. */
@NullMarked
package io.meridian.config;

import org.jspecify.annotations.NullMarked;
