package io.meridian.health;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.headRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.Fault;
import io.meridian.config.Health;
import io.meridian.config.Region;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProberTest {
  private static final Duration PATIENT = Duration.ofSeconds(20);
  private static final WireMockServer server =
      new WireMockServer(options().dynamicPort().dynamicHttpsPort().bindAddress("127.0.0.1"));

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();

  @BeforeAll
  static void start() {
    server.start();
  }

  @AfterAll
  static void stop() {
    server.stop();
  }

  @BeforeEach
  void reset() {
    server.resetAll();
  }

  @AfterEach
  void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void a_status_of_the_list_is_a_success() throws Exception {
    answer(204, "");
    assertEquals("ok", probe(http(), check(null, null)));
    server.verify(
        getRequestedFor(urlEqualTo("/healthz"))
            .withHeader("User-Agent", equalTo("meridian-health/1"))
            .withHeader("Host", equalTo("127.0.0.1:" + server.port())));
  }

  @Test
  void another_status_is_a_failure_that_names_it() throws Exception {
    answer(503, "");
    assertEquals("status 503", probe(http(), check(null, null)));
  }

  @Test
  void the_host_field_and_the_method_are_the_configured_ones() throws Exception {
    answer(200, "");
    var check =
        new Health.Http(
            "HEAD", "/up?x=1", "api.test", List.of(new Health.StatusRange(200, 200)), null);
    assertEquals("ok", probe(http(), check));
    server.verify(headRequestedFor(urlEqualTo("/up?x=1")).withHeader("Host", equalTo("api.test")));
  }

  @Test
  void a_body_with_the_text_is_a_success_also_in_chunks() throws Exception {
    server.stubFor(
        any(anyUrl())
            .willReturn(
                aResponse().withBody("x".repeat(30_000) + "gréen").withChunkedDribbleDelay(5, 50)));
    assertEquals("ok", probe(http(), check(null, "gréen")));
  }

  @Test
  void a_body_without_the_text_is_a_failure() throws Exception {
    answer(200, "status: red");
    assertEquals("body without the expected text", probe(http(), check(null, "green")));
  }

  @Test
  void a_body_is_read_no_further_than_64_kib() throws Exception {
    try (Origin origin =
        new Origin(new Origin.Behaviour.Flood("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(1000)))) {
      assertEquals("body without the expected text", probe(origin.url(), check(null, "green")));
    }
  }

  @Test
  void a_head_without_end_is_a_bad_response() throws Exception {
    try (Origin origin =
        new Origin(new Origin.Behaviour.Flood("HTTP/1.1 200 OK\r\n", "X-Filler: 1\r\n"))) {
      assertEquals("bad response", probe(origin.url(), check(null, null)));
    }
  }

  @Test
  void an_answer_that_is_no_http_is_a_bad_response() throws Exception {
    try (Origin origin = new Origin(new Origin.Behaviour.Answer("220 mail.test ESMTP\r\n\r\n"))) {
      assertEquals("bad response", probe(origin.url(), check(null, null)));
    }
  }

  @Test
  void an_interim_response_is_waited_over() throws Exception {
    try (Origin origin =
        new Origin(
            new Origin.Behaviour.Answer(
                "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + Origin.OK))) {
      assertEquals("ok", probe(origin.url(), check(null, "ok")));
    }
  }

  @Test
  void a_connection_closed_without_an_answer_is_a_failure() throws Exception {
    server.stubFor(any(anyUrl()).willReturn(aResponse().withFault(Fault.EMPTY_RESPONSE)));
    assertEquals("closed without an answer", probe(http(), check(null, null)));
  }

  @Test
  void a_reset_is_a_failure() throws Exception {
    try (Origin origin = new Origin(new Origin.Behaviour.Reset())) {
      assertEquals("reset", probe(origin.url(), check(null, null)));
    }
  }

  @Test
  void an_endpoint_that_hangs_is_given_up_in_time() throws Exception {
    try (Origin origin = new Origin(new Origin.Behaviour.Hang())) {
      String result = probe(origin.url(), check(null, null), Duration.ofMillis(200));
      assertTrue(result.startsWith("answer overdue after "), result);
    }
  }

  @Test
  void a_closed_port_is_refused() throws Exception {
    assertEquals("connect refused", probe("http://127.0.0.1:" + closedPort(), check(null, null)));
    assertEquals("connect refused", probe("http://127.0.0.1:" + closedPort(), new Health.Tcp()));
  }

  @Test
  void a_tcp_probe_needs_a_connection_and_no_answer() throws Exception {
    try (Origin origin = new Origin(new Origin.Behaviour.Hang())) {
      assertEquals("ok", probe(origin.url(), new Health.Tcp()));
    }
  }

  @Test
  void a_host_name_is_resolved() throws Exception {
    answer(200, "");
    assertEquals("ok", probe("http://localhost:" + server.port(), check(null, null)));
  }

  @Test
  void https_believes_a_trusted_certificate_only() throws Exception {
    answer(200, "");
    String url = "https://127.0.0.1:" + server.httpsPort();
    String result = probe(url, check(null, null));
    assertTrue(result.startsWith("tls: "), result);
    ProbeTls trusting =
        new ProbeTls(
            SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .build());
    assertEquals("ok", probe(url, check(null, null), PATIENT, trusting));
  }

  @Test
  void the_first_byte_is_timed_from_the_request_and_past_an_interim_response() throws Exception {
    MockTicker ticker = Ticker.newMockTicker();
    String early = "HTTP/1.1 103 Early Hints\r\n\r\n";
    try (Origin origin =
        new Origin(
            new Origin.Behaviour.After(
                () -> ticker.advance(40, TimeUnit.MILLISECONDS), early + Origin.OK))) {
      assertEquals(
          "connect 0, first byte 40, whole 40",
          probe(
              ticker,
              origin.url(),
              check(null, null),
              PATIENT,
              new ProbeTls(),
              (connect, firstByte, whole) ->
                  "connect %d, first byte %d, whole %d"
                      .formatted(millis(connect), millis(firstByte), millis(whole))));
    }
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  @Test
  void a_tls_probe_needs_a_handshake_whoever_the_server_is() throws Exception {
    assertEquals(
        "ok", probe("https://127.0.0.1:" + server.httpsPort(), new Health.Tls("api.test")));
  }

  @Test
  void a_tls_probe_of_a_plain_port_fails() throws Exception {
    String result = probe(http(), new Health.Tls(null));
    assertTrue(result.startsWith("tls: ") || result.equals("reset"), result);
  }

  private static Health.Http check(@Nullable String host, @Nullable String text) {
    return new Health.Http(
        "GET", "/healthz", host, List.of(new Health.StatusRange(200, 299)), text);
  }

  private static void answer(int status, String body) {
    server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(status).withBody(body)));
  }

  private static String http() {
    return "http://127.0.0.1:" + server.port();
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private String probe(String url, Health.Check check)
      throws InterruptedException, ExecutionException, TimeoutException, SSLException {
    return probe(url, check, PATIENT);
  }

  private String probe(String url, Health.Check check, Duration timeout)
      throws InterruptedException, ExecutionException, TimeoutException, SSLException {
    return probe(url, check, timeout, new ProbeTls());
  }

  /** {@code ok}, or why not. */
  private String probe(String url, Health.Check check, Duration timeout, ProbeTls tls)
      throws InterruptedException, ExecutionException, TimeoutException {
    boolean asks = check instanceof Health.Http;
    return probe(
        Ticker.systemTicker(),
        url,
        check,
        timeout,
        tls,
        (connect, firstByte, whole) ->
            connect > 0 && firstByte > 0 == asks && whole >= connect + firstByte
                ? "ok"
                : "bad times");
  }

  /** Says what it thinks of a successful probe's times, in nanoseconds. */
  private interface Times {
    String judge(long connect, long firstByte, long whole);
  }

  private String probe(
      Ticker ticker, String url, Health.Check check, Duration timeout, ProbeTls tls, Times times)
      throws InterruptedException, ExecutionException, TimeoutException {
    CompletableFuture<String> told = new CompletableFuture<>();
    Prober prober =
        new Prober(
            loop,
            ticker,
            new Turns(loop, ticker),
            tls,
            ProbePath.PLAIN,
            NioSocketChannel.class,
            NioDatagramChannel.class);
    ProbeTarget target =
        new ProbeTarget(
            "one", new Region.Endpoint(URI.create(url), 1), check, new Verdict(told, times));
    loop.execute(() -> prober.probe(target, Prober.Way.OWN, timeout.toNanos()));
    try {
      return told.get(30, TimeUnit.SECONDS);
    } finally {
      loop.submit(prober::close).get(10, TimeUnit.SECONDS);
    }
  }

  /** Tells what one probe on a connection of its own came to. */
  private record Verdict(CompletableFuture<String> told, Times times) implements Prober.Result {
    @Override
    public void ok(long started, long connectNanos, long firstByteNanos, long wholeNanos) {
      told.complete(times.judge(connectNanos, firstByteNanos, wholeNanos));
    }

    @Override
    public void keptOk(long started, long firstByteNanos) {
      told.complete("over a kept connection");
    }

    @Override
    public void failed(long started, boolean unreachable, String cause) {
      told.complete(cause);
    }

    @Override
    public void discarded() {
      told.complete("answer overdue after a stall of the test itself");
    }

    @Override
    public void dropped(boolean reused) {
      told.complete("a connection was kept");
    }
  }
}
