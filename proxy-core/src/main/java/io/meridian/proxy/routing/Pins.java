package io.meridian.proxy.routing;

import io.meridian.config.Route;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.RouteQuery.Pin;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What may ask for one region, first come first served: a trusted proxy's field, a canary's field
 * or cookie, the client's affinity. Immutable.
 */
final class Pins {
  private static final byte[] FORCE = FieldMatch.bytes("x-meridian-force-region");
  private static final byte[] PREFER = FieldMatch.bytes("x-meridian-prefer-region");

  private final byte[][] regions; // names by index
  private final Map<String, Integer> indexes = new HashMap<>();
  private final boolean byField;
  private final int canary;
  private final @Nullable FieldMatch canaryField;
  private final byte @Nullable [] canaryCookie;
  private final byte @Nullable [] canaryValue;
  private final @Nullable AffinityCookie cookie;
  private final boolean byClient;
  private final int bits;
  private final int bitsV6;

  /**
   * @param key for the affinity cookie; null: the route has none
   * @param names of all regions, by index
   */
  Pins(Route route, byte @Nullable [] key, List<String> names) {
    Route.Canary trial = route.canary();
    Route.Affinity affinity = route.affinity();
    regions = names.stream().map(FieldMatch::bytes).toArray(byte[][]::new);
    names.forEach(name -> indexes.put(name, indexes.size()));
    byField = route.pinHeader();
    canary = trial == null ? -1 : names.indexOf(trial.region());
    canaryField = trial == null || trial.header() == null ? null : new FieldMatch(trial.header());
    Route.CookieMatch match = trial == null ? null : trial.cookie();
    canaryCookie = match == null ? null : FieldMatch.bytes(match.name());
    canaryValue = match == null || match.value() == null ? null : FieldMatch.bytes(match.value());
    byClient = affinity != null && affinity.by() == Route.By.CLIENT;
    bits = affinity == null ? 0 : affinity.prefixBits();
    bitsV6 = affinity == null ? 0 : affinity.prefixBitsV6();
    cookie =
        affinity == null || byClient || key == null
            ? null
            : new AffinityCookie(route.name(), affinity, key, names);
  }

  /** Whether a route has anything of the kind. */
  static boolean needed(Route route) {
    return route.pinHeader() || route.affinity() != null || route.canary() != null;
  }

  /** Where the request goes. */
  RouteDecision decide(Plan plan, RouteQuery query) {
    RequestHead head = query.head;
    if (head != null) {
      if (byField && query.trusted && head.has(FieldId.X_MERIDIAN)) {
        int field = field(head, FORCE);
        if (field >= 0) {
          query.pin = Pin.REQUEST;
          return plan.forced(region(head, field));
        }
        field = field(head, PREFER);
        int preferred = field < 0 ? -1 : region(head, field);
        if (plan.has(preferred)) {
          return pinned(plan, preferred, query, Pin.REQUEST);
        }
      }
      if (canary >= 0 && plan.has(canary) && asksForCanary(head)) {
        return pinned(plan, canary, query, Pin.REQUEST);
      }
      AffinityCookie signed = cookie;
      if (signed != null) {
        int named = signed.read(head);
        if (plan.has(named)) {
          return pinned(plan, named, query, Pin.AFFINITY);
        }
      }
    }
    if (byClient) {
      int home = plan.home(client(query.address));
      if (plan.has(home)) {
        return pinned(plan, home, query, Pin.AFFINITY);
      }
    }
    return plan.draw(query);
  }

  private static RouteDecision pinned(Plan plan, int region, RouteQuery query, Pin pin) {
    query.pin = pin;
    return plan.pinned(region, query);
  }

  /**
   * What the answer has to set, to keep the client where it was answered; null: nothing.
   *
   * @param region name of the region that answered
   */
  byte @Nullable [] setCookie(RouteQuery query, String region, boolean tls) {
    AffinityCookie signed = cookie;
    RequestHead head = query.head;
    Integer index = indexes.get(region);
    if (signed == null || head == null || index == null || query.pin != Pin.NONE) {
      return null;
    }
    return signed.read(head) == index ? null : signed.setCookie(index, tls);
  }

  private boolean asksForCanary(RequestHead head) {
    if (canaryField != null && canaryField.matches(head)) {
      return true;
    }
    if (canaryCookie == null) {
      return false;
    }
    long found = Cookies.find(head, canaryCookie);
    return found >= 0
        && (canaryValue == null
            || ByteMap.equal(canaryValue, head.bytes(), (int) (found >>> 32), (int) found));
  }

  private long client(byte[] address) {
    return Rendezvous.prefix(address, address.length == 4 ? bits : bitsV6);
  }

  /** The first field of this name; -1: none. */
  static int field(RequestHead head, byte[] name) {
    for (int i = head.indexOf(FieldId.X_MERIDIAN); i < head.fieldCount(); i++) {
      if (head.fieldId(i) == FieldId.X_MERIDIAN && FieldMatch.named(head, i, name)) {
        return i;
      }
    }
    return -1;
  }

  /** The region that a field names; -1: there is no such. */
  private int region(RequestHead head, int field) {
    for (int i = 0; i < regions.length; i++) {
      if (ByteMap.equal(
          regions[i], head.bytes(), head.valueStart(field), head.valueLength(field))) {
        return i;
      }
    }
    return -1;
  }
}
