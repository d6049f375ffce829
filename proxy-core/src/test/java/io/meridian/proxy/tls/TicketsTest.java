package io.meridian.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ListenerTls;
import io.meridian.config.ListenerTls.ClientAuth;
import io.meridian.config.ListenerTls.UnknownNames;
import io.meridian.proxy.telemetry.Telemetry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TicketsTest {
  private static final long HOUR = TimeUnit.HOURS.toNanos(1);

  @TempDir Path directory;
  private final Telemetry telemetry = new Telemetry(1, "test");
  private ServerTls server;
  private SSLContext client;

  @BeforeEach
  void start() throws Exception {
    TestCertificates files = new TestCertificates(directory);
    files.write("a", files.server("a.test"));
    server = new ServerTls("public", telemetry.tls("public"), 0);
    server.use(server.load(config(), List.of("http/1.1")));
    client = SSLContext.getInstance("TLS");
    client.init(null, files.authority().toTrustManagerFactory().getTrustManagers(), null);
  }

  private ListenerTls config() {
    return new ListenerTls(
        List.of(
            new ListenerTls.Certificate(
                directory.resolve("a.pem"), directory.resolve("a.key.pem"), null)),
        UnknownNames.DEFAULT,
        1.2,
        List.of("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        true,
        Duration.ofHours(12),
        ClientAuth.NONE,
        null);
  }

  @AfterEach
  void stop() {
    server.close();
    telemetry.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void a_ticket_is_good_for_two_rotations(String version) {
    assertFalse(resumes(version));
    assertTrue(resumes(version));
    server.look(12 * HOUR);
    assertTrue(resumes(version));
    server.look(24 * HOUR);
    assertTrue(resumes(version));
    server.look(36 * HOUR);
    server.look(48 * HOUR);
    server.look(60 * HOUR);
    assertFalse(resumes(version));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void a_ticket_outlives_new_certificates(String version) throws Exception {
    assertFalse(resumes(version));
    server.use(server.load(config(), List.of("http/1.1")));
    assertTrue(resumes(version));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void a_ticket_is_good_for_its_own_listener_only(String version) throws Exception {
    assertFalse(resumes(version));
    server.close();
    server = new ServerTls("other", telemetry.tls("other"), 0);
    server.use(server.load(config(), List.of("http/1.1")));
    assertFalse(resumes(version));
  }

  /** Whether a connection of the same client takes up its session. */
  private boolean resumes(String version) {
    EmbeddedChannel near = new EmbeddedChannel();
    SslHandler handler = server.addTo(near.pipeline());
    SSLEngine engine = client.createSSLEngine("a.test", 443);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {version});
    EmbeddedChannel far = new EmbeddedChannel(new SslHandler(engine));
    try {
      exchange(far, near);
      assertTrue(handler.handshakeFuture().isSuccess(), String.valueOf(handler.handshakeFuture()));
      near.writeOutbound(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII));
      exchange(far, near);
      ByteBuf read = far.readInbound();
      assertEquals("x", read.toString(StandardCharsets.US_ASCII));
      read.release();
      return server.completed(handler).resumed();
    } finally {
      far.close();
      exchange(far, near);
      near.finishAndReleaseAll();
      far.finishAndReleaseAll();
    }
  }

  private static void exchange(EmbeddedChannel one, EmbeddedChannel other) {
    boolean moved = true;
    while (moved) {
      moved = move(one, other);
      moved |= move(other, one);
    }
  }

  private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
    boolean moved = false;
    for (ByteBuf bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
      moved = true;
      if (to.isOpen()) {
        to.writeInbound(bytes);
      } else {
        bytes.release();
      }
    }
    return moved;
  }
}
