package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Reading a head and writing its fields on, as for every request and response; 0 B/op expected. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeadBenchmark {
  private static final HeadLimits LIMITS = new HeadLimits(8192, 32 * 1024, 100);
  private static final long DROP =
      FieldId.bit(FieldId.X_FORWARDED_FOR) | FieldId.bit(FieldId.X_GEO) | FieldId.bit(FieldId.VIA);

  private static final String SMALL =
      """
      GET /bench/small?x=1 HTTP/1.1
      Host: 127.0.0.1:8080
      User-Agent: wrk/4.1.0
      Accept: */*
      Connection: keep-alive

      """;
  private static final String BROWSER =
      """
      GET /products/shoes/running/list?page=2&sort=price HTTP/1.1
      Host: www.example.com
      User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0
      Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
      Accept-Language: de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7
      Accept-Encoding: gzip, deflate, br, zstd
      Connection: keep-alive
      Referer: https://www.example.com/products/shoes
      Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes
      Upgrade-Insecure-Requests: 1
      Sec-Fetch-Dest: document
      Sec-Fetch-Mode: navigate
      Sec-Fetch-Site: same-origin
      Cache-Control: max-age=0

      """;
  private static final String RESPONSE =
      """
      HTTP/1.1 200 OK
      Server: nginx
      Date: Sun, 06 Nov 1994 08:49:37 GMT
      Content-Type: text/plain
      Content-Length: 64
      Connection: keep-alive

      """;

  @Param({"SMALL", "BROWSER", "RESPONSE"})
  private String kind = "";

  private Head head = new RequestHead(LIMITS);
  private ByteBuf in = Unpooled.EMPTY_BUFFER;
  private final ByteBuf out = Unpooled.directBuffer(4096);

  @Setup
  public void setUp() {
    String text =
        switch (kind) {
          case "SMALL" -> SMALL;
          case "BROWSER" -> BROWSER;
          default -> RESPONSE;
        };
    head = kind.equals("RESPONSE") ? new ResponseHead(LIMITS) : new RequestHead(LIMITS);
    in = Unpooled.directBuffer(4096);
    in.writeCharSequence(text.replace("\n", "\r\n"), StandardCharsets.ISO_8859_1);
  }

  @Benchmark
  public Parse feed() {
    in.readerIndex(0);
    head.clear();
    return head.feed(in);
  }

  @Benchmark
  public int feedAndCopy() {
    in.readerIndex(0);
    out.clear();
    head.clear();
    if (head.feed(in) != Parse.DONE) {
      throw new IllegalStateException(head.fault().reason());
    }
    head.copyFields(out, DROP);
    return out.writerIndex();
  }
}
