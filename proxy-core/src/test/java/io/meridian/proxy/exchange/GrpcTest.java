package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.RequestHead;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcTest {
  private static RequestHead head(String start, String fields) {
    RequestHead head = new RequestHead(new HeadLimits(1024, 4096, 20));
    String text = start + " /s/m HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
    head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    return head;
  }

  @ParameterizedTest
  @CsvSource({
    "POST, application/grpc, true",
    "POST, application/grpc+proto, true",
    "POST, Application/GRPC;x=y, true",
    "POST, application/grpc-web, false",
    "POST, application/grpcx, false",
    "POST, application/json, false",
    "GET, application/grpc, false",
  })
  void a_grpc_request_is_known_by_its_type(String method, String type, boolean grpc) {
    String fields = "Content-Type: " + type + "\r\n";
    assertEquals(grpc, Grpc.is(head(method, "TE: trailers\r\n" + fields)));
    assertEquals(false, Grpc.is(head(method, fields)));
  }

  @ParameterizedTest
  @CsvSource({
    "1H, 3600000000000",
    "2M, 120000000000",
    "3S, 3000000000",
    "250m, 250000000",
    "7u, 7000",
    "99999999n, 99999999",
    "0S, 0",
    "123456789n, 9223372036854775807",
    "S, 9223372036854775807",
    "-1S, 9223372036854775807",
    "5x, 9223372036854775807",
  })
  void a_deadline_is_read_as_it_is_written(String text, long nanos) {
    assertEquals(nanos, Grpc.timeoutNanos(head("POST", "grpc-timeout: " + text + "\r\n")));
  }

  @ParameterizedTest
  @CsvSource({"503, 14", "502, 14", "504, 4", "404, 12", "429, 14", "413, 8", "451, 7", "500, 2"})
  void an_error_of_the_proxy_has_a_status_that_clients_understand(int http, int grpc) {
    assertEquals(grpc, Grpc.status(http));
  }
}
