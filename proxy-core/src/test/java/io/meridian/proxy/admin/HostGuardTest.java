package io.meridian.proxy.admin;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostGuardTest {
  private final HostGuard guard = new HostGuard("Meridian.internal");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "localhost:9901",
        "LOCALHOST:1",
        "a.localhost",
        "127.0.0.1",
        "127.0.0.1:9901",
        "10.0.0.7:9901",
        "[::1]",
        "[::1]:9901",
        "meridian.internal",
        "meridian.internal:9901"
      })
  void addresses_and_own_names_are_admitted(String host) {
    assertTrue(guard.admits(host));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
        "meridian.internal.evil.example",
        "",
        "[::1",
        "[evil.example]",
        "127.1.evil"
      })
  void names_that_a_stranger_may_control_are_not(String host) {
    assertFalse(guard.admits(host));
  }

  @Test
  void who_sends_no_host_is_no_browser() {
    assertTrue(guard.admits(null));
  }
}
