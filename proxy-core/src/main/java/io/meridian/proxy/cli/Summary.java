package io.meridian.proxy.cli;

import com.google.errorprone.annotations.FormatMethod;
import io.meridian.config.HostPort;
import io.meridian.geo.GeoService.DatabaseStatus;
import io.meridian.proxy.Meridian;
import io.meridian.proxy.exchange.Snapshot;
import io.meridian.proxy.routing.RoutedRegion;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What was started, in plain words. */
final class Summary {
  /** How long the first probes are waited for, so that the summary can tell what they measured. */
  private static final long FIRST_PROBES_NANOS = TimeUnit.MILLISECONDS.toNanos(700);

  private Summary() {}

  static String of(Meridian meridian, Path file) throws InterruptedException {
    long end = System.nanoTime() + FIRST_PROBES_NANOS;
    while (!meridian.health().firstRoundDone() && System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    Snapshot snapshot = meridian.snapshot();
    StringBuilder text = new StringBuilder();
    line(
        text,
        "Meridian %s  edge %s, %d %s, %s, configuration %s",
        Meridian.version(),
        snapshot.config().edge().name(),
        meridian.workers(),
        meridian.workers() == 1 ? "worker" : "workers",
        meridian.transport().name(),
        file);
    for (var bound : meridian.listeners()) {
      line(
          text,
          "  listening   %s://%s  (%s)",
          bound.listener().tls() == null ? "http" : "https",
          hostPort(bound.address()),
          bound.listener().name());
    }
    for (RoutedRegion region : snapshot.routing().regions()) {
      line(text, "  region      %s", describe(region));
    }
    for (DatabaseStatus database : meridian.geo().status()) {
      line(text, "  places      %s", describe(database));
    }
    HostPort admin = hostPort(meridian.adminAddress());
    line(text, "  page        http://%s/", admin);
    line(text, "  metrics     http://%s/metrics", admin);
    return text.toString();
  }

  private static String describe(RoutedRegion region) {
    String state = region.state().name().toLowerCase(Locale.ROOT);
    String distance =
        region.samples() == 0
            ? String.format(
                Locale.ROOT, "not measured yet, about %.0f ms by distance", region.estimateMillis())
            : String.format(Locale.ROOT, "%.1f ms", region.estimateMillis());
    int endpoints = region.endpoints().size();
    return String.format(
        Locale.ROOT,
        "%-14s %s, %s, %d %s",
        region.name(),
        state,
        distance,
        endpoints,
        endpoints == 1 ? "endpoint" : "endpoints");
  }

  private static String describe(DatabaseStatus database) {
    LocalDate built =
        Instant.ofEpochSecond(database.buildEpochSeconds()).atZone(ZoneOffset.UTC).toLocalDate();
    String attribution = database.attribution().isEmpty() ? "" : ", " + database.attribution();
    return String.format(
        Locale.ROOT,
        "%s database %s of %s, %,d networks (%s)%s",
        database.kind(),
        database.databaseType(),
        built,
        database.networks(),
        database.source(),
        attribution);
  }

  private static HostPort hostPort(InetSocketAddress address) {
    return new HostPort(address.getAddress().getHostAddress(), address.getPort());
  }

  @FormatMethod
  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
