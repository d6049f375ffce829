/** A network in virtual time, and random lives in it. Start at SimulationTest, then Life. */
@NullMarked
package io.meridian.proxy.simulation;

import org.jspecify.annotations.NullMarked;
