package io.meridian.proxy.admin;

/** A safety rule forbids what was asked; the message says what would have happened. */
public final class ControlRefused extends Exception {
  private final String rule;

  /**
   * @param rule its name, as the manual lists it
   */
  public ControlRefused(String rule, String message) {
    super(message);
    this.rule = rule;
  }

  public String rule() {
    return rule;
  }
}
