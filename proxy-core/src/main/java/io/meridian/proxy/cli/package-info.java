/** The command line: one class a command. Start at CommandLine. */
@NullMarked
package io.meridian.proxy.cli;

import org.jspecify.annotations.NullMarked;
