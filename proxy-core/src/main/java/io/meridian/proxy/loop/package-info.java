/** What one event loop owns: its timers, buffers and clock. Start at TimerWheel and Outbox. */
@NullMarked
package io.meridian.proxy.loop;

import org.jspecify.annotations.NullMarked;
