package io.meridian.proxy.telemetry;

/** Why a tunnel or an event stream was ended in order. */
public enum StreamEnd {
  /** Its endpoint or region was ejected, drained or removed. */
  ROTATION,
  /** It had its longest life. */
  AGE,
  /** The process stops. */
  STOP;

  private final String label = Labels.of(this);

  /** What metrics call it. */
  public String label() {
    return label;
  }
}
