package io.meridian.proxy;

import io.meridian.config.AccessLog.Output;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Tracing;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.telemetry.AccessLog;
import io.meridian.proxy.telemetry.Spans;
import io.meridian.proxy.telemetry.Telemetry;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where requests are told: the access log and a collector of spans. Both can be replaced while
 * loops write to them: an old one is closed when all loops have left it. Changes come one at a
 * time.
 */
final class Outputs implements AutoCloseable {
  private final int loops;
  private final Telemetry telemetry;
  private MeridianConfig config;
  private volatile @Nullable AccessLog accessLog;
  private volatile long droppedBefore;
  private @Nullable Spans spans;

  /**
   * @throws IOException if the log can't be opened
   */
  Outputs(MeridianConfig config, int loops, Telemetry telemetry) throws IOException {
    this.config = config;
    this.loops = loops;
    this.telemetry = telemetry;
    accessLog = openLog(config);
    spans = openSpans(config);
  }

  /** Null: there is none. */
  @Nullable AccessLog accessLog() {
    return accessLog;
  }

  /** Lines that were not written, since the start. Any thread. */
  long dropped() {
    AccessLog log = accessLog;
    return droppedBefore + (log == null ? 0 : log.dropped());
  }

  void reopen() {
    AccessLog log = accessLog;
    if (log != null) {
      log.reopen();
    }
  }

  /** All loops write to what is open now, when this returns. */
  void tell(List<LoopContext> contexts) {
    AccessLog log = accessLog;
    Spans to = spans;
    for (LoopContext context : contexts) {
      context.worker().loop().submit(() -> context.tell(log, to)).awaitUninterruptibly();
    }
  }

  /** What another configuration needs, opened but not in use. */
  final class Change {
    private final MeridianConfig wanted;
    private final boolean newLog;
    private final boolean newSpans;
    private @Nullable AccessLog log;
    private @Nullable Spans collector;

    private Change(MeridianConfig wanted) throws IOException {
      this.wanted = wanted;
      newLog =
          wanted.accessLog().output() != config.accessLog().output()
              || !Objects.equals(wanted.accessLog().file(), config.accessLog().file());
      newSpans = !Objects.equals(otlp(wanted), otlp(config));
      log = newLog ? openLog(wanted) : accessLog;
      collector = newSpans ? openSpans(wanted) : spans;
    }

    void apply(List<LoopContext> contexts) {
      AccessLog oldLog = accessLog;
      long dropped = droppedBefore;
      Spans oldSpans = spans;
      config = wanted;
      accessLog = log;
      spans = collector;
      tell(contexts);
      if (newLog && oldLog != null) {
        oldLog.close();
        droppedBefore = dropped + oldLog.dropped();
      } else if (log != null) {
        log.sample(wanted.accessLog().sample());
      }
      if (newSpans && oldSpans != null) {
        oldSpans.close();
      }
    }

    void discard() {
      if (newLog && log != null) {
        log.close();
      }
      if (newSpans && collector != null) {
        collector.close();
      }
    }
  }

  /**
   * Opens what another configuration asks for.
   *
   * @throws IOException if the log can't be opened
   */
  Change prepare(MeridianConfig wanted) throws IOException {
    return new Change(wanted);
  }

  @Override
  public void close() {
    AccessLog log = accessLog;
    if (log != null) {
      log.close();
    }
    if (spans != null) {
      spans.close();
    }
  }

  private @Nullable AccessLog openLog(MeridianConfig from) throws IOException {
    return from.accessLog().output() == Output.OFF ? null : AccessLog.open(from.accessLog(), loops);
  }

  private @Nullable Spans openSpans(MeridianConfig from) {
    Tracing.Otlp otlp = otlp(from);
    return otlp == null ? null : Spans.to(otlp, loops, telemetry);
  }

  private static Tracing.@Nullable Otlp otlp(MeridianConfig from) {
    Tracing tracing = from.tracing();
    return tracing == null ? null : tracing.otlp();
  }
}
