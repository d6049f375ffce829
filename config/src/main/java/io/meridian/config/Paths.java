package io.meridian.config;

/**
 * How the paths of requests are brought to one form before anything looks at them; what is matched
 * is what is forwarded. Dot segments are always resolved; encoded controls, a way out of the root
 * and separators that are encoded twice are always refused.
 */
@Key(
    "How paths are brought to one form before they are matched and forwarded. Dot segments are"
        + " always resolved.")
public record Paths(
    @Key(value = "Whether `//` counts as `/`.", or = "true") boolean mergeSlashes,
    @Key(
            value =
                "`%2F`: `reject` answers 400; `keep` passes it on as it is, unless dot segments"
                    + " stand beside it.",
            or = "reject")
        Separator encodedSlash,
    @Key(value = "`%5C`, likewise.", or = "reject") Separator encodedBackslash) {

  /** What happens to a percent-encoded separator. */
  public enum Separator {
    REJECT,
    KEEP
  }
}
