package io.meridian.proxy.exchange;

import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.AppDirective;
import io.meridian.proxy.routing.DataFilter;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedRegion;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether an endpoint has sent the present request on to another region: at most once, on this edge
 * or on one before it. Reused with its exchange; event loop only.
 */
final class AppReplay {
  /** The longest word of who sent it on. */
  static final int MAX_SOURCE = 512;

  private boolean begun;
  private @Nullable AppDirective directive;
  private byte @Nullable [] source;
  private @Nullable String asked;

  /** A request of a route with rules for its data. */
  void begin(DataFilter data, RouteQuery query) {
    RequestHead head = query.head;
    if (begun || head == null || data.replayHeader() == null) {
      return;
    }
    begun = true;
    data.strip(head);
    if (query.trusted && head.has(FieldId.X_MERIDIAN)) { // another edge may have done it
      for (int i = 0; i < head.fieldCount(); i++) {
        if (head.fieldId(i) == FieldId.X_MERIDIAN
            && head.name(i).equalsIgnoreCase("x-meridian-replayed")
            && head.valueLength(i) <= MAX_SOURCE) {
          source =
              Arrays.copyOfRange(
                  head.bytes(), head.valueStart(i), head.valueStart(i) + head.valueLength(i));
        }
      }
    }
  }

  /** Whether the answer sends the request on. What says so goes no further. */
  boolean asked(DataFilter data, ResponseHead response) {
    String name = data.replayHeader();
    if (name == null) {
      return false;
    }
    asked = null;
    for (int i = response.find(name, 0); i >= 0; i = response.find(name, i + 1)) {
      asked = asked == null ? response.value(i) : "";
      response.omit(i);
    }
    return asked != null;
  }

  /**
   * Does as the answer asks, if that can be.
   *
   * @param whole whether all of the request that has come is held
   * @return why it can't; null if it can
   */
  @Nullable String take(List<RoutedRegion> regions, RoutedRegion from, boolean whole) {
    String text = asked;
    AppDirective wanted = text == null ? null : AppDirective.parse(text, regions, from.index());
    if (wanted == null) {
      return "malformed";
    }
    if (source != null) {
      return "twice";
    }
    if (!whole) {
      return "body";
    }
    directive = wanted;
    source = wanted.source();
    return null;
  }

  /** What counters call it when routing refuses. */
  static String result(Reason reason) {
    return reason == Reason.FENCE ? "fence" : "unavailable";
  }

  /** Where it was sent on to; null: nowhere. */
  @Nullable AppDirective directive() {
    return directive;
  }

  /** Who sent it on, for the next endpoint; null: nobody. */
  byte @Nullable [] source() {
    return source;
  }

  void clear() {
    begun = false;
    directive = null;
    source = null;
    asked = null;
  }
}
