package io.meridian.config;

/** What must hold within a region's capacity. */
final class CapacityRules {
  private final Binding file;
  private final Faults faults;

  CapacityRules(Binding file, Faults faults) {
    this.file = file;
    this.faults = faults;
  }

  void check() {
    for (Binding region : file.get("regions").items()) {
      Binding capacity = region.get("capacity");
      Capacity value = capacity.given() ? capacity.as(Capacity.class) : null;
      if (value == null) {
        continue;
      }
      if (value.hard() < value.soft()) {
        Binding hard = capacity.get("hard");
        faults.add(
            hard.at(),
            hard.path(),
            value.hard() + " is below soft (expected: at least " + value.soft() + ")");
      }
      if (value.adaptive() && value.by() != Capacity.By.IN_FLIGHT) {
        Binding adaptive = capacity.get("adaptive");
        faults.add(
            adaptive.at(),
            adaptive.path(),
            "given although requests a second are counted (expected: by: in_flight)");
      }
    }
  }
}
