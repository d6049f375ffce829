package io.meridian.proxy.compress;

import io.meridian.config.Compress;
import io.meridian.config.Compress.Coding;
import io.meridian.proxy.http.AcceptEncoding;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one route, ready to be asked: which answers are compressed, in which coding, and
 * what their heads say then (RFC 9110, 8.4, 8.8.1, 12.5.3 and 12.5.5). Immutable.
 */
public final class Compression {
  /** What tells of the content's very bytes, and would be wrong of others (RFC 9530). */
  private static final List<String> DIGESTS =
      List.of("content-digest", "repr-digest", "digest", "content-md5");

  private static final String EVENTS = "text/event-stream";
  private static final String ETAG = "etag";

  private final List<Coding> codings;
  private final int level;
  private final long minLength;
  private final Set<String> types;

  public Compression(Compress config) {
    codings = config.codings().stream().filter(Encoders::available).toList();
    level = config.level();
    minLength = config.minLength();
    types =
        config.types().stream()
            .map(type -> type.endsWith("/*") ? type.substring(0, type.length() - 1) : type)
            .collect(Collectors.toUnmodifiableSet());
  }

  int level() {
    return level;
  }

  /** Whether this answer would be compressed for a client that wants it so. */
  public boolean eligible(ResponseHead head) {
    int status = head.status();
    if (status < 200 || status == 204 || status == 205 || status == 206 || status == 304) {
      return false;
    }
    if (head.contentLength() >= 0 && head.contentLength() < minLength) {
      return false;
    }
    if (head.find("content-encoding", 0) >= 0
        || head.find("content-range", 0) >= 0
        || head.lists("cache-control", "no-transform")) {
      return false;
    }
    for (int i = 0; i < DIGESTS.size(); i++) {
      if (head.find(DIGESTS.get(i), 0) >= 0) {
        return false;
      }
    }
    return typeFits(head);
  }

  private boolean typeFits(ResponseHead head) {
    int field = head.find("content-type", 0);
    if (field < 0 || head.find("content-type", field + 1) >= 0) {
      return false;
    }
    String value = head.value(field);
    int end = value.indexOf(';');
    String type = (end < 0 ? value : value.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    int slash = type.indexOf('/');
    boolean family = slash > 0 && !type.equals(EVENTS);
    return types.contains(type) || (family && types.contains(type.substring(0, slash + 1)));
  }

  /** The coding that the client wants most, among equals the one that stands first; or none. */
  public @Nullable Coding choose(RequestHead request) {
    Coding best = null;
    int most = 0;
    for (int i = 0; i < codings.size(); i++) {
      Coding coding = codings.get(i);
      int quality = AcceptEncoding.quality(request, token(coding));
      if (quality > most) {
        best = coding;
        most = quality;
      }
    }
    return best != null && AcceptEncoding.identity(request) > most ? null : best;
  }

  /** The head of an answer that depends on what the client accepts, compressed or not. */
  public static void vary(ResponseHead head) {
    if (!head.lists("vary", "accept-encoding") && !head.lists("vary", "*")) {
      head.add("Vary", "Accept-Encoding");
    }
  }

  /** The head of an answer that is compressed. */
  public static void coded(ResponseHead head, Coding coding) {
    head.recode();
    head.add("Content-Encoding", token(coding));
    omitAll(head, "accept-ranges");
    weaken(head);
  }

  /**
   * The head of a 304: its validator must be the one that went with the compressed answer, if that
   * is what the client asked with (RFC 9110, 15.4.5; RFC 9111, 4.3.4).
   */
  public static void notModified(RequestHead request, ResponseHead head) {
    int field = head.find(ETAG, 0);
    if (field < 0) {
      return;
    }
    String weak = "W/" + head.value(field);
    for (int i = request.find("if-none-match", 0);
        i >= 0;
        i = request.find("if-none-match", i + 1)) {
      if (request.value(i).contains(weak)) {
        weaken(head);
        vary(head);
        return;
      }
    }
  }

  /** The same content in another coding is another representation, of the same meaning. */
  private static void weaken(ResponseHead head) {
    int field = head.find(ETAG, 0);
    if (field >= 0 && !head.value(field).startsWith("W/")) {
      String weak = "W/" + head.value(field);
      omitAll(head, ETAG);
      head.add("ETag", weak);
    }
  }

  private static void omitAll(ResponseHead head, String name) {
    for (int i = head.find(name, 0); i >= 0; i = head.find(name, i)) {
      head.omit(i);
    }
  }

  /** Whether the answer to this request has a body to compress. */
  public static boolean hasBody(RequestHead request) {
    return request.method() != Method.HEAD;
  }

  private static String token(Coding coding) {
    return switch (coding) {
      case GZIP -> "gzip";
      case ZSTD -> "zstd";
    };
  }
}
