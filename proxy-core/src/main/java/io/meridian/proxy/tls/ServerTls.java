package io.meridian.proxy.tls;

import io.meridian.config.ListenerTls;
import io.meridian.config.ListenerTls.ClientAuth;
import io.meridian.config.ListenerTls.UnknownNames;
import io.meridian.config.Pem;
import io.meridian.proxy.telemetry.TlsMeters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.internal.tcnative.SSL;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS of one listener: certificates, ticket keys and rules, replaced as one by {@link #use}.
 * Connections take a handler from any event loop without a lock; what replaces is serialised.
 */
public final class ServerTls implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);
  private static final List<String> TLS13 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");
  private static final ByteBuf NOTHING =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer(1)); // an address, of which 0 bytes are read
  private static final ByteBuffer EMPTY = ByteBuffer.allocateDirect(0);
  private static final int TICKETS_ROOM = 2048; // all that the binding keeps for them
  private static final long MAX_SESSION_SECONDS = TimeUnit.HOURS.toSeconds(24);

  private final String listener;
  private final TlsMeters meters;
  private final FileStamps stamps = new FileStamps(); // guarded by this
  private TicketKeys tickets = new TicketKeys(); // guarded by this
  private long rotatedNanos; // guarded by this
  private volatile @Nullable Loaded loaded;

  /** A configuration with what was made of its files: to be used, or closed. */
  public static final class Loaded implements AutoCloseable {
    private final ListenerTls config;
    private final List<String> protocols;
    private final CertificateSet certificates;
    private final ReferenceCountedOpenSslContext context;
    private final List<FileStamps.Stamp> stamps;

    Loaded(
        ListenerTls config,
        List<String> protocols,
        List<FileStamps.Stamp> stamps,
        CertificateSet certificates,
        ReferenceCountedOpenSslContext context) {
      this.config = config;
      this.protocols = protocols;
      this.stamps = stamps;
      this.certificates = certificates;
      this.context = context;
    }

    private boolean refusesUnknown() {
      return config.unknownNames() == UnknownNames.REFUSE;
    }

    @Override
    public void close() {
      context.release();
    }
  }

  /**
   * @param nowNanos when its first ticket key is made
   */
  public ServerTls(String listener, TlsMeters meters, long nowNanos) {
    this.listener = listener;
    this.meters = meters;
    this.rotatedNanos = nowNanos;
  }

  /**
   * Reads the files of a configuration; nothing changes yet.
   *
   * @param protocols spoken inside, by their ALPN names, best first
   * @throws IOException if one can't be used
   */
  public Loaded load(ListenerTls config, List<String> protocols) throws IOException {
    try {
      List<FileStamps.Stamp> before = FileStamps.of(config); // what changes meanwhile shows later
      CertificateSet certificates = CertificateSet.read(config);
      return new Loaded(
          config, protocols, before, certificates, context(config, protocols, certificates));
    } catch (SSLException e) {
      throw new IOException("TLS of listener " + listener + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException("listener " + listener + ": " + e.getMessage(), e);
    }
  }

  /**
   * From now on connections get this. Tickets live on, unless clients are checked: whom an
   * authority vouched for may have lost that.
   */
  public synchronized void use(Loaded next) {
    Loaded before = loaded;
    if (before != null && checksClients(before, next)) {
      tickets = new TicketKeys();
    }
    setTicketKeys(next);
    loaded = next;
    stamps.use(next.stamps);
    meters.certificates(
        next.certificates.entries().stream()
            .map(e ->
                new TlsMeters.Certificate(
                    e.file().toString(), e.leaf().getNotAfter().toInstant().getEpochSecond()))
            .toList());
    warnOfExpiry(next.certificates);
    if (before != null) {
      before.close();
    }
  }

  /**
   * Looks whether files have changed and rested since, and whether ticket keys are due. Takes
   * milliseconds if so: on a thread of its own.
   */
  public synchronized void look(long nowNanos) {
    Loaded now = loaded;
    if (now == null) {
      return;
    }
    if (nowNanos - rotatedNanos >= now.config.ticketRotation().toNanos()) {
      rotatedNanos = nowNanos;
      rotateTickets();
    }
    if (stamps.changed(now.config)) {
      reloadFiles(now);
    }
  }

  private void reloadFiles(Loaded now) {
    try {
      Loaded next = load(now.config, now.protocols);
      use(next);
      meters.reloaded(true);
      log.info("listener {}: certificates read anew", listener);
    } catch (IOException e) {
      meters.reloaded(false);
      log.warn("certificates refused, the last good ones stay: {}", e.getMessage());
    }
  }

  synchronized void rotateTickets() {
    tickets.rotate();
    Loaded now = loaded;
    if (now != null) {
      setTicketKeys(now);
    }
  }

  /**
   * Puts TLS at the end of a pipeline.
   *
   * @return its handler; the handshake is its owner's to time
   */
  public SslHandler addTo(ChannelPipeline pipeline) {
    while (true) {
      Loaded now = current();
      SSLEngine engine;
      try {
        engine = now.context.newEngine(pipeline.channel().alloc());
      } catch (IllegalReferenceCountException e) {
        continue; // replaced in this moment
      }
      tune(engine, now);
      SslHandler handler = new SslHandler(engine);
      handler.setHandshakeTimeoutMillis(0);
      pipeline.addLast(new AlpnGate(now.protocols), handler);
      return handler;
    }
  }

  private static void tune(SSLEngine engine, Loaded now) {
    if (now.refusesUnknown()) {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setSNIMatchers(List.of(new Known(now.certificates)));
      engine.setSSLParameters(parameters);
    }
    if (!now.config.resumption() && engine instanceof ReferenceCountedOpenSslEngine openSsl) {
      SSL.setOptions(openSsl.sslPointer(), SSL.SSL_OP_NO_TICKET);
    }
  }

  /** What a handshake that has just completed agreed on; counts it. */
  public Handshake completed(SslHandler handler) {
    Handshake handshake = Handshake.of(handler);
    meters.completed(handshake.version(), handshake.resumed());
    return handshake;
  }

  /**
   * The session tickets of TLS 1.3 as records, to be written below TLS before anything else is:
   * BoringSSL keeps them until something is written, and a client that only opens connections ahead
   * would get none. A ticket that holds a client's certificate may be too large for the room there
   * is, and waits.
   *
   * @return the caller's to release; empty if there are none
   * @throws SSLException if the connection can't be used any more
   */
  public static ByteBuf tickets(SslHandler handler, Handshake handshake, ByteBufAllocator allocator)
      throws SSLException {
    if (!handshake.version().equals("TLSv1.3")
        || handshake.clientSubject() != null
        || !(handler.engine() instanceof ReferenceCountedOpenSslEngine engine)) {
      return Unpooled.EMPTY_BUFFER;
    }
    SSL.writeToSSL(engine.sslPointer(), NOTHING.memoryAddress(), 0);
    ByteBuf records = allocator.directBuffer(TICKETS_ROOM, TICKETS_ROOM);
    boolean done = false;
    try {
      ByteBuffer room = records.internalNioBuffer(0, TICKETS_ROOM);
      records.writerIndex(engine.wrap(EMPTY, room).bytesProduced());
      done = true;
      return records;
    } finally {
      if (!done) {
        records.release();
      }
    }
  }

  /** Whether requests for this host, in lower case and without port, may come here. */
  public boolean serves(String host) {
    Loaded now = current();
    return !now.refusesUnknown() || now.certificates.knows(host);
  }

  /** Whether {@link #serves} can be false. */
  public boolean choosy() {
    return current().refusesUnknown();
  }

  public TlsMeters meters() {
    return meters;
  }

  private Loaded current() {
    Loaded now = loaded;
    if (now == null) {
      throw new IllegalStateException("not loaded");
    }
    return now;
  }

  @Override
  public synchronized void close() {
    Loaded now = loaded;
    loaded = null;
    meters.certificates(List.of());
    if (now != null) {
      now.close();
    }
  }

  private void setTicketKeys(Loaded target) {
    if (target.config.resumption()
        && target.context.sessionContext() instanceof OpenSslServerSessionContext sessions) {
      sessions.setTicketKeys(tickets.all());
    }
  }

  private static boolean checksClients(Loaded before, Loaded next) {
    return before.config.clientAuth() != ClientAuth.NONE
        || next.config.clientAuth() != ClientAuth.NONE;
  }

  private void warnOfExpiry(CertificateSet certificates) {
    Instant now = Instant.now();
    for (CertificateSet.Entry entry : certificates.entries()) {
      X509Certificate leaf = entry.leaf();
      if (leaf.getNotAfter().toInstant().isBefore(now)) {
        log.warn("listener {}: {} expired on {}", listener, entry.file(), leaf.getNotAfter());
      } else if (leaf.getNotBefore().toInstant().isAfter(now)) {
        log.warn(
            "listener {}: {} is not valid before {}", listener, entry.file(), leaf.getNotBefore());
      }
    }
  }

  private ReferenceCountedOpenSslContext context(
      ListenerTls config, List<String> protocols, CertificateSet certificates) throws IOException {
    List<String> suites = new ArrayList<>(TLS13);
    suites.addAll(config.ciphers());
    KeyChooser keys = new KeyChooser(certificates, config.unknownNames() == UnknownNames.REFUSE);
    SslContextBuilder builder =
        SslContextBuilder.forServer(
                new OpenSslCachingX509KeyManagerFactory(new FixedKeyManagerFactory(keys)))
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .protocols(config.onlyTls13() ? List.of("TLSv1.3") : List.of("TLSv1.3", "TLSv1.2"))
            .ciphers(suites, SupportedCipherSuiteFilter.INSTANCE)
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    protocols))
            .option(OpenSslContextOption.USE_TASKS, false) // nothing that we do in one would wait
            .enableOcsp(certificates.staples())
            .sessionTimeout(Math.min(MAX_SESSION_SECONDS, 2 * config.ticketRotation().toSeconds()))
            .clientAuth(
                switch (config.clientAuth()) {
                  case NONE -> io.netty.handler.ssl.ClientAuth.NONE;
                  case OPTIONAL -> io.netty.handler.ssl.ClientAuth.OPTIONAL;
                  case REQUIRED -> io.netty.handler.ssl.ClientAuth.REQUIRE;
                });
    if (config.clientCa() != null) {
      builder.trustManager(Pem.certificates(config.clientCa()).toArray(X509Certificate[]::new));
    }
    SslContext made = builder.build();
    if (made instanceof ReferenceCountedOpenSslContext context) {
      if (context.sessionContext() instanceof OpenSslServerSessionContext sessions) {
        sessions.setSessionCacheEnabled(false); // what clients keep themselves costs no memory here
      }
      return context;
    }
    ReferenceCountUtil.release(made);
    throw new SSLException("BoringSSL is not available here");
  }

  /** Passes names that some certificate has. */
  private static final class Known extends SNIMatcher {
    private static final int HOST_NAME = 0; // RFC 6066, 3
    private final CertificateSet certificates;

    Known(CertificateSet certificates) {
      super(HOST_NAME);
      this.certificates = certificates;
    }

    @Override
    public boolean matches(SNIServerName name) {
      return certificates.knows(new String(name.getEncoded(), StandardCharsets.UTF_8));
    }
  }
}
