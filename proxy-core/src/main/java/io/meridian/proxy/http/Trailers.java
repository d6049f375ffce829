package io.meridian.proxy.http;

/** The trailer section of a chunked body. */
public final class Trailers extends FieldSection {
  Trailers() {}
}
