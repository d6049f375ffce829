package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Thousands of ambiguous requests, each through two proxies: one has a strict reader behind it, the
 * other one a reader that forgives whatever it can. What differs between the two would be a desync.
 */
@ExtendWith(NoLeaks.class)
class DesyncIT {
  private static final int CASES = 2000;
  private static final int LASTS = 3;

  /** What a reader behind the proxy took for a request. */
  record Seen(String method, String target, String host, String token, String body) {}

  private static final String LAST_REQUESTS =
      IntStream.range(0, LASTS)
          .mapToObj(i ->
              ("GET /last HTTP/1.1\r\nHost: a.test\r\nX-Token: last" + i)
                  + ("\r\nX-Pad: " + "x".repeat(250) + "\r\n\r\n"))
          .collect(Collectors.joining());

  private final Random random = new Random(20_261_121);
  private final List<String> violations = new CopyOnWriteArrayList<>();

  @Test
  void a_strict_and_a_forgiving_reader_see_the_same_requests_and_each_answer_has_its_own()
      throws Exception {
    List<Seen> strictly = new CopyOnWriteArrayList<>();
    List<Seen> leniently = new CopyOnWriteArrayList<>();
    int forwarded = 0;
    try (Origin strict = Origin.script(wire -> strictly(wire.socket(), strictly));
        Origin lenient = Origin.script(wire -> leniently(wire.socket(), leniently));
        Proxy first = before(strict);
        Proxy second = before(lenient)) {
      for (int i = 0; i < CASES; i++) {
        strictly.clear();
        leniently.clear();
        String input = AmbiguousRequests.next(random, "t" + i);
        List<String> answers = exchange(first, input);
        assertEquals(answers, exchange(second, input), input);
        assertEquals(List.copyOf(strictly), List.copyOf(leniently), input);
        assertEquals(List.of(), violations, input);
        forwarded += strictly.isEmpty() ? 0 : 1;
      }
    }
    assertTrue(forwarded > CASES / 20 && forwarded < CASES, "forwarded: " + forwarded);
  }

  private static Proxy before(Origin origin) throws IOException {
    return Proxy.on("nio")
        .region("one", origin)
        .with("timeouts", "{ request_head: 2s, request_body: 2s }")
        .start();
  }

  /**
   * Sends the input and some last requests, long enough to fill up what the input may have begun.
   * Gives each answer as status and what the origin said it answers, and asks that an innocent one
   * get its own.
   */
  private List<String> exchange(Proxy proxy, String input) throws IOException {
    List<String> answers = new ArrayList<>();
    try (Wire client = proxy.client()) {
      client.send(input + LAST_REQUESTS);
      StrictHttp in = new StrictHttp(client.socket().getInputStream());
      while (!answers.contains("200 last" + (LASTS - 1))) {
        StrictHttp.Message answer;
        try {
          answer = in.response("GET");
        } catch (EOFException | SocketException e) {
          break; // the end, or a reset since bytes were left unread
        }
        if (answer.status() >= 200) {
          answers.add(answer.status() + " " + answer.value("X-Answers"));
        }
      }
    }
    try (Wire other = proxy.client()) {
      other.send("GET /innocent HTTP/1.1\r\nHost: a.test\r\nX-Token: innocent\r\n\r\n");
      assertEquals("innocent", other.response().value("X-Answers"), input);
    }
    return answers;
  }

  private void strictly(Socket socket, List<Seen> seen) throws IOException {
    try {
      StrictHttp in = new StrictHttp(new BufferedInputStream(socket.getInputStream()));
      for (StrictHttp.Message m = in.request(); m != null; m = in.request()) {
        answer(
            socket,
            seen,
            new Seen(m.method(), m.target(), m.value("Host"), m.value("X-Token"), m.body()));
      }
    } catch (StrictHttp.Violation e) {
      violations.add(e.getMessage());
    } catch (EOFException e) {
      // cut by the proxy, as an upload that its client did not finish
    }
  }

  private static void leniently(Socket socket, List<Seen> seen) throws IOException {
    LenientHttp in = new LenientHttp(new BufferedInputStream(socket.getInputStream()));
    for (LenientHttp.Message m = in.request(); m != null; m = in.request()) {
      answer(
          socket,
          seen,
          new Seen(m.method(), m.target(), m.value("host"), m.value("x-token"), m.body()));
    }
  }

  private static void answer(Socket socket, List<Seen> seen, Seen request) throws IOException {
    if (!request.target().equals("/innocent")) {
      seen.add(request);
    }
    String answer =
        "HTTP/1.1 200 OK\r\nX-Answers: " + request.token() + "\r\nContent-Length: 0\r\n\r\n";
    socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
  }
}
