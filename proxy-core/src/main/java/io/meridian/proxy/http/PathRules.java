package io.meridian.proxy.http;

/**
 * What is done with the parts of a path that backends are known to read in different ways.
 *
 * @param mergeSlashes whether empty segments are left out
 * @param encodedSlash whether {@code %2F} may stay as it is; else it is refused
 * @param encodedBackslash whether {@code %5C} may stay
 */
public record PathRules(boolean mergeSlashes, boolean encodedSlash, boolean encodedBackslash) {
  /** Merges slashes and refuses encoded separators. */
  public static final PathRules STRICT = new PathRules(true, false, false);

  boolean keeps(int separator) {
    return separator == '/' ? encodedSlash : encodedBackslash;
  }
}
