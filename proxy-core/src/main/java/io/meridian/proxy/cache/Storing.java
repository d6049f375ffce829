package io.meridian.proxy.cache;

import io.meridian.geo.Location;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which answers may be stored, and what of them (RFC 9111, 3). Pure. */
final class Storing {
  private static final byte[] SEPARATOR = {':', ' '};
  private static final byte[] CRLF = {'\r', '\n'};

  /** Fields of no answer that is kept: of this connection, of this moment, or of no use later. */
  private static final Set<String> NEVER = Set.of("age", "warning", "cache-status");

  /** Of the content itself: what a 304 says of them does not change what is stored. */
  private static final Set<String> CONTENT =
      Set.of("content-encoding", "content-length", "content-range", "content-type");

  private static final long OWN =
      FieldId.bit(FieldId.X_REQUEST_ID)
          | FieldId.bit(FieldId.X_MERIDIAN)
          | FieldId.bit(FieldId.TRAILER)
          | FieldId.bit(FieldId.PROXY_STATUS);

  private Storing() {}

  /**
   * When and where an answer came.
   *
   * @param requestNanos when its request was sent, by the ticker
   * @param responseNanos when its head came
   * @param epochMillis the same as wall clock time
   */
  record Receipt(String region, long requestNanos, long responseNanos, long epochMillis) {}

  /** The answer without its body, ready to be kept; null: it may not be. */
  static @Nullable StoredResponse storable(
      RequestHead request,
      Location location,
      ResponseHead answer,
      Receipt receipt,
      CacheRules rules) {
    if (request.method() != Method.GET
        || Directives.of(Fields.all(request, "cache-control")).has("no-store")
        || (request.find("range", 0) >= 0 && answer.status() != 200)
        || !complete(answer)) {
      return null;
    }
    String targeted = Lifetime.targeted(answer);
    Directives directives = directives(answer, targeted);
    if (forbidden(request, answer, directives)) {
      return null;
    }
    Variance variance = Variance.of(answer, request, location);
    if (variance == null) {
      return null;
    }
    StoredResponse made =
        made(answer, answer.status(), variance, receipt, rules, targeted, directives);
    long keep =
        made.life().freshSeconds()
            + Math.max(made.life().ifErrorSeconds(), made.life().whileRevalidateSeconds());
    boolean ofUse = made.hasValidator() || keep > made.initialAgeMillis() / 1000;
    boolean said =
        Lifetime.explicit(answer, directives)
            || directives.has("public")
            || Lifetime.heuristicStatus(answer.status());
    return ofUse && said ? made : null;
  }

  /** 206 and 304 are parts; what lasts until its connection closes may have been cut unseen. */
  private static boolean complete(ResponseHead answer) {
    int status = answer.status();
    return status >= 200 && status != 206 && status != 304 && answer.body() != BodyKind.UNTIL_CLOSE;
  }

  private static boolean forbidden(
      RequestHead request, ResponseHead answer, Directives directives) {
    boolean understood = directives.has("must-understand") && understood(answer.status());
    if (directives.whole("private")
        || (directives.has("no-store") && !understood)
        || (directives.has("must-understand") && !understood)) {
      return true;
    }
    boolean shared = directives.has("public") || directives.has("s-maxage");
    if (request.has(FieldId.AUTHORIZATION) && !shared && !directives.has("must-revalidate")) {
      return true; // RFC 9111, 3.5
    }
    boolean named =
        directives.fields("no-cache").contains("set-cookie")
            || directives.fields("private").contains("set-cookie");
    // A cookie is meant for one client, unless its server has thought of caches.
    return answer.has(FieldId.SET_COOKIE) && !shared && !named;
  }

  /** Statuses whose meaning for a cache is known (RFC 9111, 5.2.2.3). */
  private static boolean understood(int status) {
    return switch (status) {
      case 200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501 -> true;
      default -> false;
    };
  }

  private static Directives directives(ResponseHead answer, @Nullable String targeted) {
    return Directives.of(targeted == null ? Fields.all(answer, "cache-control") : targeted);
  }

  private static StoredResponse made(
      ResponseHead answer,
      int status,
      Variance variance,
      Receipt receipt,
      CacheRules rules,
      @Nullable String targeted,
      Directives directives) {
    long now = receipt.epochMillis() / 1000;
    String dateText = value(answer, FieldId.DATE);
    long date = dateText == null ? HttpDate.NONE : HttpDate.parse(dateText);
    Set<String> omitted = new HashSet<>(directives.fields("no-cache"));
    omitted.addAll(directives.fields("private"));
    ByteArrayOutputStream lines = new ByteArrayOutputStream(answer.length());
    for (int i = 0; i < answer.fieldCount(); i++) {
      if (kept(answer, i)) {
        String name = answer.name(i).toLowerCase(Locale.ROOT);
        if (!NEVER.contains(name) && !omitted.contains(name)) {
          line(lines, answer, i);
        }
      }
    }
    if (dateText == null) {
      byte[] line = ("Date: " + HttpDate.format(now) + "\r\n").getBytes(StandardCharsets.US_ASCII);
      lines.write(line, 0, line.length);
    }
    long made = date == HttpDate.NONE ? now : date;
    String modified = Fields.first(answer, "last-modified");
    return new StoredResponse(
        rules.route(),
        receipt.region(),
        variance,
        status,
        lines.toByteArray(),
        new byte[0],
        Lifetime.of(answer, status, directives, targeted != null, made, rules),
        receipt.responseNanos(),
        initialAgeMillis(answer, receipt, made),
        made,
        Fields.first(answer, "etag"),
        modified == null || HttpDate.parse(modified) == HttpDate.NONE ? null : modified);
  }

  /** RFC 9111, 4.2.3; of a list of ages the first counts, and what is none counts as nothing. */
  private static long initialAgeMillis(ResponseHead answer, Receipt receipt, long dateSeconds) {
    String text = Fields.all(answer, "age");
    long said = 0;
    if (text != null) {
      int comma = text.indexOf(',');
      said = Directives.seconds((comma < 0 ? text : text.substring(0, comma)).strip(), 0);
    }
    long delay = Math.max(0, receipt.responseNanos() - receipt.requestNanos()) / 1_000_000;
    long apparent = Math.max(0, receipt.epochMillis() / 1000 - dateSeconds) * 1000;
    return Math.max(apparent, said * 1000 + delay);
  }

  private static boolean kept(ResponseHead answer, int i) {
    return answer.endToEnd(i) && (OWN >>> answer.fieldId(i) & 1) == 0;
  }

  private static void line(ByteArrayOutputStream lines, ResponseHead answer, int i) {
    lines.write(answer.bytes(), answer.nameStart(i), answer.nameLength(i));
    lines.write(SEPARATOR, 0, SEPARATOR.length);
    lines.write(answer.bytes(), answer.valueStart(i), answer.valueLength(i));
    lines.write(CRLF, 0, CRLF.length);
  }

  private static @Nullable String value(ResponseHead answer, int id) {
    int i = answer.indexOf(id);
    return i < 0 ? null : answer.value(i);
  }

  /**
   * A stored answer with what a 304 says anew (RFC 9111, 3.2 and 4.3.4).
   *
   * @param merged a head to work in
   */
  static StoredResponse freshened(
      StoredResponse old,
      ResponseHead notModified,
      ResponseHead merged,
      Receipt receipt,
      CacheRules rules) {
    Set<String> newer = new HashSet<>();
    ByteArrayOutputStream lines = new ByteArrayOutputStream(old.lines().length);
    for (int i = 0; i < notModified.fieldCount(); i++) {
      String name = notModified.name(i).toLowerCase(Locale.ROOT);
      if (kept(notModified, i) && !CONTENT.contains(name)) {
        newer.add(name);
        line(lines, notModified, i);
      }
    }
    List<byte[]> all = new ArrayList<>();
    Rendering.parse(merged, old.status(), List.of(old.lines()), -1);
    ByteArrayOutputStream kept = new ByteArrayOutputStream(old.lines().length);
    for (int i = 0; i < merged.fieldCount(); i++) {
      if (kept(merged, i) && !newer.contains(merged.name(i).toLowerCase(Locale.ROOT))) {
        line(kept, merged, i);
      }
    }
    all.add(kept.toByteArray());
    all.add(lines.toByteArray());
    Rendering.parse(merged, old.status(), all, -1);
    String targeted = Lifetime.targeted(merged);
    return old.with(
        made(
            merged,
            old.status(),
            old.variance(),
            receipt,
            rules,
            targeted,
            directives(merged, targeted)));
  }
}
