package io.meridian.proxy.routing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The right answer as the manual has it (docs/routing.md and the practices), worked out anew for
 * each request by the simplest means: slow, and without a line of the router's. It tells how often
 * each region may come first, and every order that may come of the draw.
 */
final class Oracle {
  private final World world;
  private final Asked asked;
  private final List<Site> allowed; // of the route, by its fences
  private final Set<String> forbidden = new HashSet<>();
  private int status = 503;

  enum Health {
    UP,
    SUSPECT,
    DOWN
  }

  /** A region; load negative: it has no capacity. */
  record Site(
      String name,
      @Nullable Integer weight,
      int dial,
      boolean emergency,
      int bias,
      double latitude,
      double longitude,
      double millis,
      Health health,
      int soft,
      int hard,
      double load,
      double lagMillis) {
    boolean on() {
      return dial > 0 || emergency;
    }

    boolean up() {
      return health != Health.DOWN;
    }

    double biased(double distance) {
      return bias >= 0 ? distance * (1 - bias / 100.0) : distance / (1 + bias / 100.0);
    }
  }

  /** A fence; lists that are empty are no condition. */
  record Wall(
      String name,
      List<String> continents,
      List<String> countries,
      @Nullable String path,
      boolean allow,
      List<String> regions,
      boolean unknownApplies,
      int status) {}

  /** A rule for clients of a place; the kind empty: for all others. */
  record Rule(String kind, String value, List<String> regions) {}

  /** A group; {@code least} members have to be well. */
  record Pack(
      String name, String policy, List<String> members, int least, @Nullable Integer weight) {}

  /** The route. */
  record Way(
      String policy,
      boolean fromClient,
      List<String> regions,
      double bandMillis,
      int bandPercent,
      Map<String, Integer> weights,
      List<Rule> rules,
      List<String> primary,
      boolean manual,
      @Nullable String canary,
      int canaryPercent,
      boolean maxLag,
      boolean refuseStale) {}

  record World(List<Site> sites, List<Wall> walls, Map<String, Pack> packs, Way way) {
    Site site(String name) {
      return sites.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
    }
  }

  /** A client and its request; coordinates NaN: its place is not known. */
  record Asked(
      String continent,
      String country,
      String subdivision,
      long asn,
      double latitude,
      double longitude,
      boolean read,
      String path,
      @Nullable String force,
      @Nullable String prefer,
      @Nullable String home,
      @Nullable String wrote,
      boolean tries) {
    boolean placed() {
      return !Double.isNaN(latitude);
    }
  }

  /**
   * What may come of it.
   *
   * @param shares how often each region comes first if nothing pins the request; the rest is
   *     refused
   * @param outcomes orders, as {@code a > b}, and refusals, as {@code reason status}
   */
  record Answer(Map<String, Double> shares, Set<String> outcomes) {}

  Oracle(World world, Asked asked) {
    this.world = world;
    this.asked = asked;
    for (Wall wall : world.walls()) {
      if (binds(wall)) {
        status = wall.status() == 451 ? 451 : status;
        for (Site site : world.sites()) {
          if (wall.allow() != wall.regions().contains(site.name())) {
            forbidden.add(site.name());
          }
        }
      }
    }
    allowed = new ArrayList<>();
    for (String name : candidates()) {
      if (!forbidden.contains(name)) {
        allowed.add(world.site(name));
      }
    }
  }

  private boolean binds(Wall wall) {
    return is(wall.continents(), asked.continent(), wall)
        && is(wall.countries(), asked.country(), wall)
        && (wall.path() == null || (asked.path() + "/").startsWith(wall.path() + "/"));
  }

  private static boolean is(List<String> wanted, String value, Wall wall) {
    return wanted.isEmpty() || (value.isEmpty() ? wall.unknownApplies() : wanted.contains(value));
  }

  private boolean toPrimary() {
    return world.way().policy().equals("follow_the_sun") && !asked.read();
  }

  /** The route's regions for this client, in the order of the file. */
  private List<String> candidates() {
    Way way = world.way();
    if (toPrimary()) {
      return way.primary();
    }
    if (!way.policy().equals("geolocation")) {
      return way.regions();
    }
    List<String> others =
        way.rules().stream()
            .filter(rule -> rule.kind().isEmpty())
            .findFirst()
            .map(Rule::regions)
            .orElse(way.regions());
    List<String> list = new ArrayList<>();
    for (String kind : List.of("asn", "subdivision", "country", "continent")) {
      String value =
          switch (kind) {
            case "asn" -> Long.toString(asked.asn());
            case "subdivision" -> asked.country() + "-" + asked.subdivision();
            case "country" -> asked.country();
            default -> asked.continent();
          };
      for (Rule rule : way.rules()) {
        if (list.isEmpty() && rule.kind().equals(kind) && rule.value().equals(value)) {
          list.addAll(rule.regions());
        }
      }
    }
    others.stream().filter(name -> !list.contains(name)).forEach(list::add);
    return list;
  }

  // ---- the order

  private ToDoubleFunction<Site> distance() {
    String policy = world.way().policy();
    boolean latency = policy.equals("latency") || policy.equals("follow_the_sun");
    boolean fromClient = asked.placed() && (policy.equals("geo") || (latency && byClient()));
    if (!fromClient) {
      return site -> site.biased(site.millis());
    }
    return policy.equals("geo")
        ? site -> site.biased(kilometres(site))
        : site -> site.biased(clientMillis(site));
  }

  private boolean byClient() {
    return world.way().fromClient();
  }

  private double clientMillis(Site site) {
    return 14 + 1.68 * kilometres(site) / 100;
  }

  /** Spherical law of cosines. */
  private double kilometres(Site site) {
    double a = Math.toRadians(asked.latitude());
    double b = Math.toRadians(site.latitude());
    double l = Math.toRadians(site.longitude() - asked.longitude());
    double cos = Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(l);
    return 6371 * Math.acos(Math.clamp(cos, -1, 1));
  }

  /** As the policy has it, all of them taken for well. */
  private List<Site> ideal(List<Site> sites) {
    List<Site> order = new ArrayList<>(sites);
    if (toPrimary()) {
      return order;
    }
    switch (world.way().policy()) {
      case "latency", "follow_the_sun", "geo" -> order.sort(Comparator.comparingDouble(distance()));
      case "weighted" -> order.sort(Comparator.comparingInt(site -> -weight(site)));
      case "groups" -> {
        return packed("g0", sites, true);
      }
      default -> {
        // as listed
      }
    }
    return order;
  }

  /** As they are tried: those that are surely well first. */
  private List<Site> standing(List<Site> up) {
    List<Site> order = new ArrayList<>();
    for (Health health : List.of(Health.UP, Health.SUSPECT)) {
      List<Site> alike = up.stream().filter(site -> site.health() == health).toList();
      order.addAll(
          world.way().policy().equals("groups") ? packed("g0", alike, false) : ideal(alike));
    }
    return order;
  }

  private int weight(Site site) {
    Integer given = world.way().weights().get(site.name());
    Integer own = site.weight();
    return given != null ? given : own != null ? own : 1;
  }

  // ---- groups

  private boolean well(String member) {
    Pack pack = world.packs().get(member);
    if (pack == null) {
      Site site = world.site(member);
      return site.health() == Health.UP && site.dial() > 0;
    }
    return pack.members().stream().filter(this::well).count() >= pack.least();
  }

  /** Members' regions by the group's policy; a group that is not well enough comes last. */
  private List<Site> packed(String name, List<Site> pool, boolean ideal) {
    List<Site> order = parts(name, pool, ideal).stream().flatMap(List::stream).toList();
    List<Site> sorted = new ArrayList<>(order);
    sorted.sort(Comparator.comparing(site -> !ideal && passedOver(site)));
    return sorted;
  }

  private boolean passedOver(Site site) {
    return path(site).stream().anyMatch(name -> !name.equals("g0") && !well(name));
  }

  private List<String> path(Site site) {
    Pack inner = world.packs().get("g1");
    return inner != null && inner.members().contains(site.name())
        ? List.of("g0", "g1")
        : List.of("g0");
  }

  private Map<String, List<Site>> members(String name, List<Site> pool, boolean ideal) {
    Map<String, List<Site>> members = new LinkedHashMap<>();
    for (String member : pack(name).members()) {
      List<Site> sites =
          world.packs().containsKey(member)
              ? parts(member, pool, ideal).stream().flatMap(List::stream).toList()
              : pool.stream().filter(site -> site.name().equals(member)).toList();
      if (!sites.isEmpty()) {
        members.put(member, sites);
      }
    }
    return members;
  }

  private Pack pack(String name) {
    return java.util.Objects.requireNonNull(world.packs().get(name));
  }

  private static double nearest(List<Site> sites) {
    return sites.stream().mapToDouble(site -> site.biased(site.millis())).min().orElse(0);
  }

  private @Nullable Integer givenWeight(String member) {
    Pack pack = world.packs().get(member);
    return pack == null ? world.site(member).weight() : pack.weight();
  }

  private List<List<Site>> parts(String name, List<Site> pool, boolean ideal) {
    Map<String, List<Site>> members = members(name, pool, ideal);
    List<String> names = new ArrayList<>(members.keySet());
    Comparator<String> order =
        Comparator.comparing(
            member -> world.packs().containsKey(member) && !ideal && !well(member));
    order =
        switch (pack(name).policy()) {
          case "latency" ->
              order.thenComparingDouble(member -> nearest(members.getOrDefault(member, List.of())));
          case "weighted" ->
              order.thenComparingInt(member -> -(givenWeight(member) == null ? 1 : given(member)));
          default -> order;
        };
    names.sort(order);
    return names.stream().map(member -> members.getOrDefault(member, List.of())).toList();
  }

  private int given(String member) {
    Integer weight = givenWeight(member);
    return weight == null ? 1 : weight;
  }

  /** How often a group puts each region first. */
  private Map<String, Double> chances(String name, List<Site> pool) {
    Map<String, List<Site>> members = members(name, pool, false);
    if (members.isEmpty()) {
      return Map.of();
    }
    List<List<Site>> parts = parts(name, pool, false);
    Map<List<Site>, String> names = new HashMap<>();
    members.forEach((member, sites) -> names.put(sites, member));
    String first = names.get(parts.getFirst());
    List<String> alike =
        members.keySet().stream()
            .filter(member -> isPassing(member) == isPassing(String.valueOf(first)))
            .toList();
    List<String> dividing = List.of();
    if (pack(name).policy().equals("weighted")) {
      dividing = alike;
    } else if (pack(name).policy().equals("latency")) {
      double least =
          alike.stream()
              .mapToDouble(member -> nearest(members.getOrDefault(member, List.of())))
              .min()
              .orElse(0);
      dividing =
          alike.stream()
              .filter(member -> isNear(nearest(members.getOrDefault(member, List.of())), least))
              .toList();
      // a group that is not well enough is no measure, but its weights count
      boolean given =
          members.entrySet().stream()
              .anyMatch(
                  e -> isNear(nearest(e.getValue()), least) && givenWeight(e.getKey()) != null);
      dividing = given ? dividing : List.of();
    }
    double total = dividing.stream().mapToInt(this::given).sum();
    if (total == 0) {
      return inner(String.valueOf(first), pool);
    }
    Map<String, Double> chances = new HashMap<>();
    for (String member : dividing) {
      inner(member, pool)
          .forEach(
              (site, chance) -> chances.merge(site, chance * given(member) / total, Double::sum));
    }
    chances.values().removeIf(chance -> chance == 0);
    return chances;
  }

  private boolean isPassing(String member) {
    return !world.packs().containsKey(member) || well(member);
  }

  private Map<String, Double> inner(String member, List<Site> pool) {
    return world.packs().containsKey(member) ? chances(member, pool) : Map.of(member, 1.0);
  }

  private boolean isNear(double millis, double least) {
    Way way = world.way();
    return millis <= least + Math.max(way.bandMillis(), least * way.bandPercent() / 100.0);
  }

  // ---- who is first

  /** Weights of the regions that divide the traffic; fewer than two: the first takes it. */
  private Map<Site, Double> dividing(List<Site> standing) {
    Map<Site, Double> weights = new LinkedHashMap<>();
    Health health = standing.getFirst().health();
    List<Site> alike = standing.stream().filter(site -> site.health() == health).toList();
    if (toPrimary()) {
      return weights;
    }
    switch (world.way().policy()) {
      case "weighted" -> alike.forEach(site -> weights.put(site, (double) weight(site)));
      case "groups" -> {
        Map<String, Double> chances = chances("g0", alike);
        alike.stream()
            .filter(site -> chances.getOrDefault(site.name(), 0.0) > 0)
            .forEach(site -> weights.put(site, chances.getOrDefault(site.name(), 0.0)));
      }
      case "latency", "follow_the_sun", "geo" -> {
        if (world.way().policy().equals("geo") && asked.placed()) {
          return weights;
        }
        ToDoubleFunction<Site> distance = distance();
        double least = alike.stream().mapToDouble(distance).min().orElse(0);
        List<Site> near =
            alike.stream().filter(site -> isNear(distance.applyAsDouble(site), least)).toList();
        if (near.stream().anyMatch(site -> site.weight() != null)) {
          near.forEach(site -> weights.put(site, site.weight() == null ? 1.0 : site.weight()));
        }
      }
      default -> {
        // the first takes it
      }
    }
    return weights;
  }

  /** How often each comes first, the canary aside. */
  private Map<String, Double> firsts(List<Site> standing) {
    Map<String, Double> firsts = new LinkedHashMap<>();
    Map<Site, Double> weights = dividing(standing);
    double total = weights.values().stream().mapToDouble(Double::doubleValue).sum();
    boolean divided = weights.size() > 1 && total > 0;
    double left = 1;
    if (divided) {
      double full = 0;
      for (var entry : weights.entrySet()) {
        double share = entry.getValue() / total * entry.getKey().dial() / 100;
        firsts.merge(entry.getKey().name(), share, Double::sum);
        left -= share;
        full += entry.getKey().dial() == 100 ? entry.getValue() : 0;
      }
      if (full > 0) {
        for (var entry : weights.entrySet()) {
          if (entry.getKey().dial() == 100) {
            firsts.merge(entry.getKey().name(), left * entry.getValue() / full, Double::sum);
          }
        }
        left = 0;
      }
    }
    for (Site site : standing) {
      if (!divided || weights.getOrDefault(site, 0.0) == 0) {
        double share = left * site.dial() / 100;
        firsts.merge(site.name(), share, Double::sum);
        left -= share;
      }
    }
    for (Site site : standing) {
      if (site.emergency()) {
        firsts.merge(site.name(), left, Double::sum);
        left = 0;
      }
    }
    firsts.values().removeIf(share -> share < 1e-9);
    return firsts;
  }

  /** The others behind a leader; in groups, its own come first. */
  private List<Site> behind(Site lead, List<Site> standing) {
    List<Site> others = new ArrayList<>(standing);
    others.remove(lead);
    if (world.way().policy().equals("groups") && !toPrimary()) {
      others.sort(
          Comparator.comparing(this::passedOver)
              .thenComparing(site -> common(path(lead), path(site)), Comparator.reverseOrder()));
      others.sort(Comparator.comparing(Site::health));
    }
    return others;
  }

  private static int common(List<String> one, List<String> other) {
    return one.equals(other) ? one.size() : 1;
  }

  /** Every order behind a leader: of those that are dialled down, each may be left out. */
  private static List<List<Site>> orders(Site lead, List<Site> behind) {
    List<List<Site>> orders = new ArrayList<>();
    List<Site> dialled = behind.stream().filter(s -> s.dial() > 0 && s.dial() < 100).toList();
    for (int mask = 0; mask < 1 << dialled.size(); mask++) {
      List<Site> order = new ArrayList<>(List.of(lead));
      List<Site> last = new ArrayList<>();
      for (Site site : behind) {
        int at = dialled.indexOf(site);
        if (site.dial() == 100 || (at >= 0 && (mask >> at & 1) == 1)) {
          order.add(site);
        } else if (site.emergency()) {
          last.add(site);
        }
      }
      order.addAll(last);
      orders.add(order);
    }
    return orders;
  }

  // ---- the answer

  Answer answer() {
    if (asked.force() != null) {
      return new Answer(Map.of(), Set.of(forced(asked.force())));
    }
    Way way = world.way();
    boolean listed = way.policy().equals("priority") || toPrimary();
    List<Site> serving =
        listed && way.policy().equals("priority") && way.manual() && !allowed.isEmpty()
            ? allowed.subList(0, 1)
            : allowed;
    List<Site> on = serving.stream().filter(Site::on).toList();
    List<Site> up = on.stream().filter(Site::up).toList();
    Site canary = canary();
    Set<String> outcomes = new HashSet<>();
    List<Site> standing = up.isEmpty() ? List.of() : standing(up);
    Map<String, Double> shares = new LinkedHashMap<>();
    double tried = 0;
    if (canary != null && canary.health() == Health.UP && !toPrimary()) {
      tried = way.canaryPercent() / 100.0 * canary.dial() / 100;
      if (tried > 0) {
        shares.put(canary.name(), tried);
      }
    }
    double usual = 1 - tried;
    Map<String, Double> firsts = up.isEmpty() ? Map.of() : firsts(standing);
    firsts.forEach((name, share) -> shares.merge(name, share * usual, Double::sum));
    shares.values().removeIf(share -> share < 1e-9);
    boolean some = shares.values().stream().mapToDouble(Double::doubleValue).sum() < 1 - 1e-9;

    Site asksFor = reachable(asked.prefer(), up, canary);
    asksFor = asksFor == null && asked.tries() ? canary : asksFor;
    if (asksFor != null) {
      for (List<Site> order : orders(asksFor, behind(asksFor, standing))) {
        outcomes.add(full(order, true, on));
      }
      return new Answer(shares, outcomes);
    }
    Site home = reachable(asked.home(), up, canary);
    for (String first : home == null ? shares.keySet() : Set.of(home.name())) {
      Site lead = world.site(first);
      for (List<Site> order : orders(lead, behind(lead, standing))) {
        data(order, standing, on, home != null, canary, outcomes);
      }
    }
    if (some) {
      outcomes.add(up.isEmpty() ? refusal(on) : "dialled_off 503");
    }
    return new Answer(shares, outcomes);
  }

  private String refusal(List<Site> on) {
    if (allowed.isEmpty()) {
      return "fence " + status;
    }
    return on.isEmpty()
        ? "dialled_off 503"
        : "no_healthy_region " + (forbidden.isEmpty() ? 503 : status);
  }

  private @Nullable Site canary() {
    String name = world.way().canary();
    if (name == null || toPrimary() || forbidden.contains(name)) {
      return null;
    }
    Site site = world.site(name);
    return site.up() && site.dial() > 0 ? site : null;
  }

  /** One that may be asked for; null: it can't be had. */
  private static @Nullable Site reachable(
      @Nullable String name, List<Site> up, @Nullable Site canary) {
    for (Site site : up) {
      if (site.name().equals(name) && site.dial() > 0) {
        return site;
      }
    }
    return canary != null && canary.name().equals(name) ? canary : null;
  }

  private String forced(String name) {
    boolean serves =
        candidates().contains(name) || (name.equals(world.way().canary()) && !toPrimary());
    if (!serves || world.sites().stream().noneMatch(site -> site.name().equals(name))) {
      return "forced_elsewhere 503";
    }
    Site site = world.site(name);
    if (forbidden.contains(name)) {
      return "fence " + status;
    }
    if (site.dial() == 0) {
      return "dialled_off 503";
    }
    boolean waits =
        world.way().policy().equals("priority")
            && world.way().manual()
            && !allowed.getFirst().equals(site)
            && !name.equals(world.way().canary());
    if (!site.up() || waits) {
      return "no_healthy_region 503";
    }
    return site.load() >= site.hard() && site.load() >= 0 ? "capacity 503" : name;
  }

  /** Lag and own writes; then capacity. */
  private void data(
      List<Site> drawn,
      List<Site> standing,
      List<Site> on,
      boolean pinned,
      @Nullable Site canary,
      Set<String> outcomes) {
    List<Site> order = fresh(drawn);
    if (asked.wrote() == null) {
      outcomes.add(full(order, pinned, on));
      return;
    }
    boolean refuses = world.way().refuseStale() && asked.read();
    Site wrote = world.site(asked.wrote());
    List<List<Site>> from = new ArrayList<>();
    if (order.contains(wrote)) {
      from.add(order);
    } else if (reachable(asked.wrote(), standing, canary) != null) {
      orders(wrote, behind(wrote, standing)).forEach(other -> from.add(fresh(other)));
    } else {
      outcomes.add(refuses ? "not_fresh 503" : full(order, pinned, on));
    }
    for (List<Site> other : from) {
      List<Site> there = new ArrayList<>(other);
      there.remove(wrote);
      there.addFirst(wrote);
      outcomes.add(full(refuses ? List.of(wrote) : there, true, on));
    }
  }

  /** Copies that lag too far stand behind, those that lag least first. */
  private List<Site> fresh(List<Site> order) {
    List<Site> fresh = new ArrayList<>(order);
    if (world.way().maxLag() && asked.read()) {
      List<Site> lagging =
          new ArrayList<>(order.stream().filter(s -> s.lagMillis() > 2000).toList());
      lagging.sort(Comparator.comparingDouble(Site::lagMillis));
      fresh.removeAll(lagging);
      fresh.addAll(lagging);
    }
    return fresh;
  }

  /** What capacity makes of an order. */
  private String full(List<Site> order, boolean held, List<Site> on) {
    Site lead = order.getFirst();
    if (lead.load() < lead.soft() || lead.load() < 0) {
      return text(order);
    }
    boolean full = lead.load() >= lead.hard();
    if (!full && (held || toPrimary())) {
      return text(order);
    }
    if (toPrimary()) {
      return "capacity 503";
    }
    List<Site> better = ideal(on);
    better = better.subList(0, Math.max(0, better.indexOf(lead)));
    boolean reserve = better.stream().anyMatch(site -> site.health() != Health.UP);
    for (boolean last : new boolean[] {false, true}) {
      for (Site site : order.subList(1, order.size())) {
        boolean room = site.load() < 0 || site.load() < (reserve ? site.hard() : site.soft());
        boolean kept = !last && site.emergency() && site.dial() < 100;
        boolean lags = !last && world.way().maxLag() && asked.read() && site.lagMillis() > 2000;
        boolean stale = !last && asked.wrote() != null && !site.name().equals(asked.wrote());
        if (room && !kept && !lags && !stale && site.health() == Health.UP) {
          List<Site> moved = new ArrayList<>(order);
          moved.remove(site);
          moved.addFirst(site);
          return full || loss(lead, site) <= bearable(lead) ? text(moved) : text(order);
        }
      }
      if (!full) {
        return text(order);
      }
    }
    return "capacity 503";
  }

  private static double bearable(Site lead) {
    double p = (lead.load() - lead.soft()) / (lead.hard() - lead.soft());
    return 20 * p / (1 - p);
  }

  private double loss(Site from, Site to) {
    String policy = world.way().policy();
    if (policy.equals("geo") && asked.placed()) {
      return Math.max(0, (kilometres(to) - kilometres(from)) / 100);
    }
    boolean latency = policy.equals("latency") || policy.equals("follow_the_sun");
    return latency && byClient() && asked.placed()
        ? Math.max(0, clientMillis(to) - clientMillis(from))
        : Math.max(0, to.millis() - from.millis());
  }

  private static String text(List<Site> order) {
    return String.join(" > ", order.stream().map(Site::name).toList());
  }
}
