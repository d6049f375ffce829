package io.meridian.config;

import java.util.List;

/** Which answers of a route are compressed on their way to clients that accept it, and how. */
@Key(
    "Compresses answers that no endpoint has compressed, for clients that accept it. `{}` takes all"
        + " defaults.")
public record Compress(
    @Key(
            value =
                "Media types that are compressed, exact or `text/*` and the like; the latter never"
                    + " takes `text/event-stream`.",
            or =
                "[text/html, text/css, text/plain, text/xml, text/csv, text/markdown,"
                    + " text/javascript, application/javascript, application/json,"
                    + " application/ld+json, application/manifest+json, application/problem+json,"
                    + " application/xml, application/xhtml+xml, application/rss+xml,"
                    + " application/atom+xml, application/wasm, image/svg+xml]",
            form = Form.MEDIA_TYPE,
            atLeast = 1)
        List<String> types,
    @Key(
            value = "Answers that are known to be shorter are left as they are.",
            or = "1KiB",
            form = Form.SIZE,
            max = "1GiB")
        long minLength,
    @Key(
            value =
                "Content codings; among those that a client likes equally well the first is taken.",
            or = "[zstd, gzip]",
            atLeast = 1)
        List<Coding> codings,
    @Key(
            value = "From 1, fast, to 9, small; it means what each coding makes of the number.",
            or = "4",
            min = "1",
            max = "9")
        int level) {

  /** A content coding (RFC 9110, 8.4.1; RFC 8878). */
  public enum Coding {
    ZSTD,
    GZIP
  }
}
