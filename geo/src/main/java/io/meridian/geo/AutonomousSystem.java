package io.meridian.geo;

/** Who announces an address; number 0 and an empty name where that is not known. */
public record AutonomousSystem(long number, String organization) {
  public static final AutonomousSystem UNKNOWN = new AutonomousSystem(0, "");
}
