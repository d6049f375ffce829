package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Endpoints that reset in the middle of an answer: the client is not left to wait. */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class ResetIT {
  @Parameter String transport = "";

  @Test
  void a_reset_in_the_middle_of_an_answer_reaches_a_client_that_reads_on() throws Exception {
    for (int i = 0; i < 5; i++) {
      Origin cut =
          Origin.script(wire -> {
            if (wire.request() != null) {
              wire.send("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(100_000));
              wire.send("y".repeat(100_000));
              wire.reset();
            }
          });
      try (cut;
          Proxy proxy = Proxy.on(transport).region("one", cut).start();
          Wire wire = proxy.client()) {
        wire.send("GET / HTTP/1.0\r\n\r\n");
        IOException end = assertThrows(IOException.class, wire::readToEnd);
        assertFalse(end instanceof SocketTimeoutException, end.toString());
      }
    }
  }
}
