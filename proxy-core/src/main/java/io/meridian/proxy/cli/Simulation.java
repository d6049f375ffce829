package io.meridian.proxy.cli;

import io.meridian.geo.Places;
import io.meridian.proxy.exchange.Replay;
import io.meridian.proxy.exchange.Replay.Outcome;
import io.meridian.proxy.routing.RoutedRegion;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Replays a log under one world or two. */
final class Simulation {
  private static final int LONGEST_LINE = 1 << 16;

  private final Replay replay;
  private final Tally tally;
  private final @Nullable Replay otherReplay;
  private final @Nullable Tally otherTally;
  private final String host;
  private final int column;
  private final Map<String, Long> moved = new TreeMap<>();
  private final long assumedNanos;
  private String minute = "";
  private long minuteSeconds = -1;
  private long passedOver;

  /**
   * @param other what the first one is compared with; null: nothing
   * @param otherPlaces of that
   * @param host where a line names none
   * @param column which word of a line in common format is the address, from 1
   * @param assumedNanos how long a request was in flight whose line does not say
   */
  Simulation(
      AssumedWorld world,
      Places places,
      @Nullable AssumedWorld other,
      Places otherPlaces,
      String host,
      int column,
      long assumedNanos) {
    this.assumedNanos = assumedNanos;
    this.replay = new Replay(world.config(), world.routing(), places);
    this.tally = new Tally(world.routing().regions());
    this.otherReplay =
        other == null ? null : new Replay(other.config(), other.routing(), otherPlaces);
    this.otherTally = other == null ? null : new Tally(other.routing().regions());
    this.host = host;
    this.column = column;
  }

  void run(InputStream log) throws IOException {
    InputStream in = new BufferedInputStream(log, 1 << 16);
    byte[] chunk = new byte[1 << 16];
    byte[] line = new byte[4096];
    int length = 0;
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      int from = 0;
      for (int end = lineEnd(chunk, 0, n); end < n; end = lineEnd(chunk, from, n)) {
        line = append(line, length, chunk, from, end);
        line(line, length + end - from);
        length = 0;
        from = end + 1;
      }
      line = append(line, length, chunk, from, n);
      length = Math.min(length + n - from, LONGEST_LINE + 1);
    }
    if (length > 0) {
      line(line, length);
    }
  }

  /** Apart, since so small a loop is compiled early and well. */
  private static int lineEnd(byte[] chunk, int from, int to) {
    int i = from;
    while (i < to && chunk[i] != '\n') {
      i++;
    }
    return i;
  }

  /** What is beyond the longest line is not kept. */
  private static byte[] append(byte[] line, int length, byte[] chunk, int from, int to) {
    int count = Math.min(to - from, LONGEST_LINE + 1 - length);
    byte[] room = line;
    if (length + count > line.length) {
      room = Arrays.copyOf(line, Math.max(line.length * 2, length + count));
    }
    if (count > 0) {
      System.arraycopy(chunk, from, room, length, count);
    }
    return room;
  }

  private void line(byte[] line, int length) {
    if (length == 0) {
      return;
    }
    LoggedRequest request =
        length > LONGEST_LINE ? null : LoggedRequest.parse(line, length, column);
    Outcome outcome = request == null ? null : decide(replay, request);
    if (request == null || outcome == null) {
      passedOver++;
      return;
    }
    tally.count(request, outcome);
    if (otherReplay != null && otherTally != null) {
      Outcome otherwise = decide(otherReplay, request);
      if (otherwise != null) {
        otherTally.count(request, otherwise);
        String from = where(otherwise);
        String to = where(outcome);
        if (!from.equals(to)) {
          moved.merge(from + " > " + to, 1L, Long::sum);
        }
      }
    }
  }

  private @Nullable Outcome decide(Replay by, LoggedRequest request) {
    String asked = request.host().isEmpty() ? host : request.host();
    double millis = request.durationMillis();
    return by.decide(
        request.ip(),
        request.method(),
        asked,
        request.target(),
        nanos(request),
        Double.isNaN(millis) ? assumedNanos : (long) (millis * 1e6));
  }

  /** When it came; -1 if the log does not say. */
  private long nanos(LoggedRequest request) {
    if (!request.minute().equals(minute)) {
      minute = request.minute();
      try {
        minuteSeconds =
            minute.isEmpty() ? -1 : LocalDateTime.parse(minute).toEpochSecond(ZoneOffset.UTC);
      } catch (DateTimeParseException e) {
        minuteSeconds = -1;
      }
    }
    return minuteSeconds < 0 ? -1 : TimeUnit.SECONDS.toNanos(minuteSeconds + request.second());
  }

  private static String where(Outcome outcome) {
    RoutedRegion region = outcome.region();
    return region == null ? "refused" : region.name();
  }

  Tally tally() {
    return tally;
  }

  /** Of what it is compared with; null: with nothing. */
  @Nullable Tally otherTally() {
    return otherTally;
  }

  /** Requests that go elsewhere than in the other world, by {@code "from > to"}. */
  Map<String, Long> moved() {
    return moved;
  }

  /** Lines that are no request. */
  long passedOver() {
    return passedOver;
  }
}
