package io.meridian.geo;

import io.meridian.config.Geo;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One lookup of one address out of a million random ones, so that no table stays in the nearest
 * cache. {@code geolite2} is the GeoLite2 City file of 2019.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LookupBenchmark {
  private static final int ADDRESSES = 1 << 20;

  @Param({"embedded", "geolite2"})
  public String database = "embedded";

  private GeoService service;
  private final byte[][] v4 = new byte[ADDRESSES][];
  private final int[] v4Numbers = new int[ADDRESSES];
  private final byte[][] v6 = new byte[ADDRESSES][];
  private final byte[] text = "203.0.113.77".getBytes(StandardCharsets.US_ASCII);
  private int next;

  @Setup
  public void open() throws Exception {
    Path file = null;
    if (database.equals("geolite2")) {
      file = Files.createTempFile("geolite2", ".mmdb");
      try (InputStream in = LookupBenchmark.class.getResourceAsStream("/GeoLite2-City.mmdb")) {
        Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    service = GeoService.open(new Geo(file, null, List.of()));
    if (file != null) {
      Files.delete(file);
    }
    FlatDatabase<Location> tables = ((Generation) service.places()).city();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < ADDRESSES; i++) {
      v4Numbers[i] = random.nextInt();
      v4[i] = ByteBuffer.allocate(4).putInt(v4Numbers[i]).array();
      v6[i] =
          ByteBuffer.allocate(16).putLong(tables.someV6(random)).putLong(random.nextLong()).array();
    }
  }

  @TearDown
  public void close() {
    service.close();
  }

  @Benchmark
  public Location v4() {
    return service.places().locate(v4[next++ & (ADDRESSES - 1)]);
  }

  @Benchmark
  public Location v4Number() {
    return service.places().locateV4(v4Numbers[next++ & (ADDRESSES - 1)]);
  }

  @Benchmark
  public Location v6() {
    return service.places().locate(v6[next++ & (ADDRESSES - 1)]);
  }

  @Benchmark
  public long parseV4() {
    return Addresses.parseV4(text, 0, text.length);
  }
}
