package io.meridian.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A residency rule: a client that it applies to may be served by these regions and no others, first
 * choice, retry, race and hedge alike.
 *
 * @param when whom it applies to; every condition given must hold, each by any of its values
 * @param allow names of the only regions allowed; null if {@code deny} is given
 * @param deny names of regions forbidden; null if {@code allow} is given
 * @param unknown what holds for a client whose place is not known and a condition needs it
 * @param status what is answered when nothing allowed is left: 503 or 451
 */
public record Fence(
    String name,
    When when,
    @Nullable List<String> allow,
    @Nullable List<String> deny,
    Unknown unknown,
    int status) {

  /** Whom a fence applies to. An empty list is no condition. */
  public record When(
      List<String> clientContinent, List<String> clientCountry, List<Cidr> clientPrefix) {}

  /** A client of unknown place: the fence binds it ({@code APPLY}, the default) or does not. */
  public enum Unknown {
    APPLY,
    SKIP
  }
}
