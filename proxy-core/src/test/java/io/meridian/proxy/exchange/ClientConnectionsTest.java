package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ClientLimits;
import io.meridian.config.Limits;
import io.meridian.config.Overload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClientConnectionsTest {
  private static final byte[] ONE = {10, 0, 0, 1};
  private static final byte[] TWO = {10, 0, 0, 2};

  private static Limits limits(int connections, @Nullable Integer ofOne) {
    return new Limits(
        1000,
        1000,
        100,
        0,
        connections,
        10,
        10,
        10,
        new ClientLimits(ofOne, 32, 64, 0, Duration.ZERO, 0, 0, null, 100),
        new Overload(100, Duration.ZERO, 75));
  }

  @Test
  void there_are_so_many_in_all() {
    ClientConnections connections = new ClientConnections(limits(2, null));
    assertTrue(connections.enter());
    assertTrue(connections.enter());
    assertFalse(connections.enter());
    connections.leave();
    assertTrue(connections.enter());
    connections.configure(limits(3, null));
    assertTrue(connections.enter());
    assertEquals(3, connections.open());
  }

  @Test
  void there_are_never_more_than_there_are_descriptors_for() {
    ClientConnections connections = new ClientConnections(limits(100, null));
    connections.available(1);
    assertTrue(connections.enter());
    assertFalse(connections.enter());
  }

  @Test
  void one_client_has_so_many_and_another_is_not_touched_by_it() {
    ClientConnections connections = new ClientConnections(limits(100, 1));
    ClientConnections.Slot slot = Objects.requireNonNull(connections.enter(ONE));
    assertNull(connections.enter(ONE));
    assertNotNull(connections.enter(TWO));
    slot.leave();
    assertNotNull(connections.enter(ONE));
  }

  @Test
  void by_default_one_client_has_three_quarters() {
    ClientConnections connections = new ClientConnections(limits(10, null));
    for (int i = 0; i < 8; i++) {
      assertNotNull(connections.enter(ONE));
    }
    assertNull(connections.enter(ONE));
  }

  @Test
  void clients_without_a_connection_are_forgotten_even_if_prefixes_change_meanwhile() {
    ClientConnections connections = new ClientConnections(limits(100, 5));
    List<ClientConnections.Slot> slots = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      slots.add(Objects.requireNonNull(connections.enter(ONE)));
      slots.add(Objects.requireNonNull(connections.enter(TWO)));
    }
    assertNull(connections.enter(TWO));
    assertEquals(2, connections.clients());
    Limits other = limits(100, 50);
    connections.configure(
        new Limits(
            1000,
            1000,
            100,
            0,
            100,
            10,
            10,
            10,
            new ClientLimits(50, 8, 64, 0, Duration.ZERO, 0, 0, null, 100),
            other.overload()));
    slots.forEach(ClientConnections.Slot::leave);
    assertEquals(0, connections.clients());
  }

  @Test
  void it_is_crowded_when_the_last_sixteenth_is_begun() {
    ClientConnections connections = new ClientConnections(limits(32, null));
    for (int i = 0; i < 30; i++) {
      connections.enter();
    }
    assertFalse(connections.crowded());
    connections.enter();
    assertTrue(connections.crowded());
  }
}
