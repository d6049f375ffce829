package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.Http2Origin.Call;
import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(NoLeaks.class)
class GrpcIT {
  private static final String[] FIELDS = {"content-type: application/grpc", "te: trailers"};

  private static Proxy in(String transport, Http2Origin origin) {
    return Proxy.on(transport)
        .with("failover", "{ hold: 0s }")
        .with("workers", "1")
        .region("one", "http://127.0.0.1:" + origin.port(), origin.port(), "protocol: http2");
  }

  private static int call(H2Wire client, String... further) throws IOException {
    String[] fields = java.util.Arrays.copyOf(FIELDS, FIELDS.length + further.length);
    System.arraycopy(further, 0, fields, FIELDS.length, further.length);
    return client.post("/s/m", fields);
  }

  @ParameterizedTest
  @MethodSource("io.meridian.proxy.Transports#available")
  void messages_go_both_ways_while_the_call_goes_on(String transport) throws Exception {
    try (Http2Origin origin =
            Http2Origin.atHead(call -> {
              call.head(false, ":status", "200", "content-type", "application/grpc");
              call.onData =
                  text -> {
                    call.data("<" + text + ">", false);
                    if (text.equals("last")) {
                      call.head(true, "grpc-status", "0");
                    }
                  };
            });
        Proxy proxy = in(transport, origin).start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = call(client);
      for (String text : new String[] {"one", "two", "last"}) {
        client.data(stream, text, text.equals("last"));
        String sofar = text.equals("one") ? "<one>" : text.equals("two") ? "<one><two>" : null;
        if (sofar != null) {
          assertEquals(sofar, client.body(stream, sofar.length()));
        }
      }
      H2Wire.Answer answer = client.answer(stream);
      assertEquals(200, answer.status);
      assertEquals("0", answer.trailers.getFirst().getValue());
      assertEquals("trailers", origin.calls().getFirst().header("te"));
    }
  }

  @Test
  void an_answer_of_trailers_only_stays_one() throws Exception {
    try (Http2Origin origin =
            Http2Origin.answering(call ->
                call.head(
                    true,
                    ":status",
                    "200",
                    "content-type",
                    "application/grpc",
                    "grpc-status",
                    "5"));
        Proxy proxy = in("nio", origin).start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = call(client);
      client.data(stream, "ask", true);
      H2Wire.Answer answer = client.answer(stream);
      assertEquals("5", answer.value("grpc-status"));
      assertEquals("", answer.text());
    }
  }

  @Test
  void an_endpoint_that_is_away_is_told_as_unavailable() throws Exception {
    Http2Origin origin = Http2Origin.answering(call -> {});
    try (Proxy proxy = in("nio", origin).start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      origin.close();
      int stream = call(client);
      client.data(stream, "ask", true);
      H2Wire.Answer answer = client.answer(stream);
      assertEquals(200, answer.status);
      assertEquals("14", answer.value("grpc-status"));
      assertEquals("application/grpc", answer.value("content-type"));
      assertEquals("", answer.text());
    }
  }

  @Test
  void the_clients_deadline_counts() throws Exception {
    try (Http2Origin origin = Http2Origin.answering(call -> {});
        Proxy proxy = in("nio", origin).start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = call(client, "grpc-timeout: 300m");
      client.data(stream, "ask", true);
      H2Wire.Answer answer = client.answer(stream);
      assertEquals("4", answer.value("grpc-status"));
      assertEquals("300m", origin.calls().getFirst().header("grpc-timeout"));
      Await.until("the call is cancelled", () -> origin.calls().getFirst().reset == 8);
    }
  }

  @Test
  void a_cancelled_call_is_cancelled_at_the_endpoint() throws Exception {
    try (Http2Origin origin = Http2Origin.atHead(call -> {});
        Proxy proxy = in("nio", origin).start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = call(client);
      client.data(stream, "ask", false);
      Await.until("the call", () -> origin.calls().size() == 1);
      client.reset(stream, (int) Http2Error.CANCEL.code());
      Await.until(
          "it is cancelled", () -> origin.calls().getFirst().reset == Http2Error.CANCEL.code());
    }
  }

  @Test
  void a_call_that_was_refused_unprocessed_is_made_again() throws Exception {
    var seen = new java.util.concurrent.atomic.AtomicInteger();
    try (Http2Origin first =
            Http2Origin.answering(call -> {
              seen.incrementAndGet();
              call.reset(Http2Error.REFUSED_STREAM);
            });
        Http2Origin second =
            Http2Origin.answering((Call call) -> {
              call.head(false, ":status", "200", "content-type", "application/grpc");
              call.data(call.body.toString(), false);
              call.head(true, "grpc-status", "0");
            });
        Proxy proxy =
            in("nio", first)
                .region(
                    "two", "http://127.0.0.1:" + second.port(), second.port(), "protocol: http2")
                .start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = call(client);
      client.data(stream, "ask", true);
      assertEquals("ask", client.answer(stream).text());
      assertTrue(seen.get() >= 1);
    }
  }
}
