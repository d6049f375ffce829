package io.meridian.config;

import io.meridian.config.Node.Place;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What must hold within groups, and between them and the routes that name them. */
final class GroupRules {
  /** Groups within one another, at most. */
  private static final int MAX_DEPTH = 4;

  private final Binding file;
  private final Faults faults;
  private final Map<String, Binding> groups = new LinkedHashMap<>();
  private final Map<String, Place> regions = new HashMap<>();
  private boolean sound;

  GroupRules(Binding file, Faults faults) {
    this.file = file;
    this.faults = faults;
    for (Binding region : file.get("regions").items()) {
      name(region, regions);
    }
  }

  private static void name(Binding item, Map<String, Place> names) {
    String name = item.get("name").as(String.class);
    if (name != null) {
      names.putIfAbsent(name, item.get("name").at());
    }
  }

  void check() {
    sound = file.get("groups").sound() && file.get("regions").sound();
    for (Binding group : file.get("groups").items()) {
      Binding name = group.get("name");
      String text = name.as(String.class);
      Binding other = text == null ? null : groups.get(text);
      Place first =
          text == null ? null : other != null ? other.get("name").at() : regions.get(text);
      if (first != null) {
        fault(
            name,
            "\"" + text + "\" is taken (expected: another one); first at line " + first.line());
      } else if (text != null) {
        groups.put(text, group);
      }
    }
    for (Binding group : groups.values()) {
      members(group);
    }
    for (Map.Entry<String, Binding> group :
        sound ? groups.entrySet() : Set.<Map.Entry<String, Binding>>of()) {
      Binding members = group.getValue().get("members");
      Set<String> path = new LinkedHashSet<>();
      String fault = walk(group.getKey(), path, new HashMap<>());
      if (fault != null) {
        fault(members, fault);
        break;
      }
    }
  }

  private void members(Binding group) {
    Binding members = group.get("members");
    int zero = 0;
    for (Binding member : members.items()) {
      String name = member.as(String.class);
      if (name == null) {
        continue;
      }
      if (sound && !groups.containsKey(name) && !regions.containsKey(name)) {
        fault(
            member,
            "no such region or group: \""
                + name
                + "\" (expected: one of "
                + String.join(", ", names())
                + ")"
                + Hints.word(name, names()));
      }
      zero += Integer.valueOf(0).equals(weight(name)) ? 1 : 0;
    }
    int count = members.items().size();
    AtLeast least = group.get("min_healthy").as(AtLeast.class);
    if (least != null && count > 0 && least.of(count) > count) {
      fault(
          group.get("min_healthy"),
          least + " is more than there are members (expected: at most " + count + ")");
    }
    if (zero == count && count > 0 && group.get("policy").value() == Group.Policy.WEIGHTED) {
      fault(members, "every member's weight is 0 (expected: one that is not)");
    }
  }

  private Set<String> names() {
    Set<String> names = new LinkedHashSet<>(groups.keySet());
    names.addAll(regions.keySet());
    return names;
  }

  private @Nullable Object weight(String name) {
    Binding group = groups.get(name);
    if (group != null) {
      return group.get("weight").value();
    }
    for (Binding region : file.get("regions").items()) {
      if (name.equals(region.get("name").value())) {
        return region.get("weight").value();
      }
    }
    return null;
  }

  /** What is wrong with the tree below a group; null: nothing. */
  private @Nullable String walk(String name, Set<String> path, Map<String, String> seen) {
    Binding group = groups.get(name);
    if (group == null) {
      String before = seen.put(name, String.join(" > ", path));
      return before == null
          ? null
          : "region "
              + name
              + " is in it twice, by "
              + before
              + " and by "
              + String.join(" > ", path)
              + " (expected: once)";
    }
    if (!path.add(name)) {
      return String.join(" > ", path) + " > " + name + " is a circle (expected: none)";
    }
    if (path.size() > MAX_DEPTH) {
      return String.join(" > ", path) + " is too deep (expected: at most " + MAX_DEPTH + " groups)";
    }
    for (Binding member : group.get("members").items()) {
      String fault = walk(String.valueOf(member.value()), path, seen);
      if (fault != null) {
        return fault;
      }
    }
    path.remove(name);
    return null;
  }

  /** Of a route: its group exists, and it lists no regions of its own. */
  void check(Binding route) {
    Binding named = route.get("group");
    String name = named.as(String.class);
    if (name == null || !named.given()) {
      return;
    }
    if (sound && !groups.containsKey(name)) {
      fault(
          named,
          "no such group: \""
              + name
              + "\" (expected: one of groups: "
              + String.join(", ", groups.keySet())
              + ")"
              + Hints.word(name, groups.keySet()));
    }
    Binding regionsOfRoute = route.get("regions");
    if (regionsOfRoute.given()) {
      fault(regionsOfRoute, "given beside group, which says it (expected: one of them)");
    }
  }

  /** The regions of a group; null if they are not known for sure. */
  @Nullable Set<String> served(@Nullable String group) {
    if (group == null || !sound || !groups.containsKey(group)) {
      return null;
    }
    Map<String, String> seen = new LinkedHashMap<>();
    return walk(group, new LinkedHashSet<>(), seen) == null
            && regions.keySet().containsAll(seen.keySet())
        ? seen.keySet()
        : null;
  }

  private void fault(Binding at, String message) {
    faults.add(at.at(), at.path(), message);
  }
}
