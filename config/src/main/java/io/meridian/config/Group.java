package io.meridian.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Regions, or groups of them, that routes treat as one; groups may be nested. */
@Key(
    "Regions, or groups of regions, that a route with `policy: groups` treats as one. Groups may be"
        + " nested up to four deep.")
public record Group(
    @Key(
            value = "The group's name, by which routes and other groups refer to it.",
            form = Form.NAME)
        String name,
    @Key(
            value = "Names of regions or of other groups, in the order in which they are tried.",
            form = Form.NAME,
            atLeast = 1)
        List<String> members,
    @Key(
            value =
                "How members are ordered: `priority`, as listed; `latency`, the one with the fastest"
                    + " region first (those in the route's `band` of it that have a weight divide the"
                    + " traffic); `weighted`, by chance, by their `weight`.",
            or = "priority")
        Policy policy,
    @Key(
            value =
                "How many members have to be well, as a number or a share of all; with fewer the"
                    + " whole group is passed over, and its regions come after all others.",
            or = "1",
            form = Form.AT_LEAST)
        AtLeast minHealthy,
    @Key(
            value = "Its share among the members of a group that divides by weight.",
            absent = "1 with `weighted`, else the nearest takes all",
            min = "0",
            max = "1000")
        @Nullable Integer weight) {

  /** How members are ordered. */
  public enum Policy {
    PRIORITY,
    LATENCY,
    WEIGHTED
  }
}
