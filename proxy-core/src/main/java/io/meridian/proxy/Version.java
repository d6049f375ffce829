package io.meridian.proxy;

import java.util.Objects;

/** What this build calls itself. */
final class Version {
  /** From the jar's manifest; {@code dev} when run from classes. */
  static final String TEXT =
      Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "dev");

  private Version() {}
}
