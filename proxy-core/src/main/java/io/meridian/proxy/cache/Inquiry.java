package io.meridian.proxy.cache;

import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request's head while an endpoint is asked: without its client's conditions, so that the whole
 * answer can be stored, and with those of what is stored. Its thread is the request's.
 *
 * @see "RFC 9111, 4.3.1"
 */
final class Inquiry {
  private static final byte[] IF_NONE_MATCH = ascii("If-None-Match");
  private static final byte[] IF_MODIFIED_SINCE = ascii("If-Modified-Since");
  private static final List<String> CONDITIONS =
      List.of("if-none-match", "if-modified-since", "range", "if-range");

  private final RequestHead request;
  private final List<Integer> omitted = new ArrayList<>();
  private boolean whole;
  private boolean validates;

  Inquiry(RequestHead request) {
    this.request = request;
  }

  /** Whether the client's own conditions are kept from the endpoint. */
  boolean whole() {
    return whole;
  }

  /** Whether the endpoint is asked if what is stored is still good. */
  boolean validates() {
    return validates;
  }

  /**
   * Asks for the whole answer.
   *
   * @param stored what is to be validated; null: nothing
   */
  void begin(@Nullable StoredResponse stored) {
    whole = true;
    for (String name : CONDITIONS) {
      for (int i = request.find(name, 0); i >= 0; i = request.find(name, i + 1)) {
        request.omit(i);
        omitted.add(i);
      }
    }
    if (stored == null || !stored.hasValidator()) {
      return;
    }
    validates = true;
    if (stored.etag() != null) {
      request.append(IF_NONE_MATCH, latin(stored.etag()));
    }
    if (stored.lastModified() != null) {
      request.append(IF_MODIFIED_SINCE, latin(stored.lastModified()));
    }
  }

  /** The head is again as the client sent it. */
  void end() {
    if (!whole) {
      return;
    }
    whole = false;
    if (validates) {
      validates = false;
      for (String name : CONDITIONS) {
        for (int i = request.find(name, 0); i >= 0; i = request.find(name, i + 1)) {
          request.omit(i);
        }
      }
    }
    omitted.forEach(request::restore);
    omitted.clear();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] latin(@Nullable String text) {
    return Objects.requireNonNull(text, "no text").getBytes(StandardCharsets.ISO_8859_1);
  }
}
