package io.meridian.proxy.routing;

import io.meridian.config.Compress;
import io.meridian.config.Route;
import io.meridian.proxy.compress.Compression;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One route, ready to match and to look its plan up. Immutable but for the meters it is given. */
public final class CompiledRoute {
  private final int index;
  private final Route config;
  private final @Nullable FenceRule fence;
  private final int openPlan;
  private final int fencedPlan;
  private final long deadlineNanos;
  private final @Nullable Compression compression;
  private final int methods;
  private final byte[][] headerNames;
  private final byte[] @Nullable [] headerValues;

  /**
   * @param openPlan index of the plan for clients that the fence does not bind
   * @param fencedPlan index of the plan for clients that it binds
   */
  CompiledRoute(int index, Route config, @Nullable FenceRule fence, int openPlan, int fencedPlan) {
    this.index = index;
    this.config = config;
    this.fence = fence;
    this.openPlan = openPlan;
    this.fencedPlan = fencedPlan;
    this.deadlineNanos = config.deadline().toNanos();
    Compress compress = config.compress();
    this.compression = compress == null ? null : new Compression(compress);
    int known = 0;
    for (String method : config.match().methods()) {
      known |= 1 << methodId(method);
    }
    this.methods = known;
    int headers = config.match().headers().size();
    this.headerNames = new byte[headers][];
    this.headerValues = new byte[headers] @Nullable [];
    for (int i = 0; i < headers; i++) {
      Route.HeaderMatch match = config.match().headers().get(i);
      headerNames[i] = match.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
      String value = match.value();
      headerValues[i] = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
    }
  }

  public int index() {
    return index;
  }

  public String name() {
    return config.name();
  }

  public Route config() {
    return config;
  }

  public @Nullable FenceRule fence() {
    return fence;
  }

  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** Null: answers of this route are passed on as they come. */
  public @Nullable Compression compression() {
    return compression;
  }

  /** Index of the plan for this client. */
  int plan(RouteQuery query) {
    return fence != null && fence.applies(query.location, query.address) ? fencedPlan : openPlan;
  }

  /** Whether the method and field conditions hold; host and path were looked up already. */
  boolean accepts(RequestHead head) {
    return acceptsMethod(head) && acceptsHeaders(head);
  }

  /** How many conditions beyond host and path it has: more are more specific. */
  int specificity() {
    return headerNames.length * 2 + (methods == 0 ? 0 : 1);
  }

  private boolean acceptsMethod(RequestHead head) {
    return methods == 0 || (methods >> head.method() & 1) != 0;
  }

  private boolean acceptsHeaders(RequestHead head) {
    for (int i = 0; i < headerNames.length; i++) {
      if (!hasField(head, headerNames[i], headerValues[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasField(RequestHead head, byte[] name, byte @Nullable [] value) {
    byte[] bytes = head.bytes();
    for (int i = 0; i < head.fieldCount(); i++) {
      if (head.nameLength(i) == name.length
          && equalIgnoringCase(bytes, head.nameStart(i), name)
          && (value == null
              || ByteMap.equal(value, bytes, head.valueStart(i), head.valueLength(i)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean equalIgnoringCase(byte[] bytes, int start, byte[] lowerCase) {
    for (int i = 0; i < lowerCase.length; i++) {
      int b = bytes[start + i];
      if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  private static int methodId(String method) {
    for (int id = Method.GET; id <= Method.PATCH; id++) {
      if (Method.label(id).equals(method)) {
        return id;
      }
    }
    throw new IllegalArgumentException("method: " + method + " (expected: a known method)");
  }
}
