package io.meridian.config;

/** What must hold between several parts of the file. */
record Rules(Binding file, Faults faults) {
  void check() {}
}
