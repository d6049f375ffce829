package io.meridian.config;

/** How much of what endpoints answered is kept in memory, over all routes that cache. */
@Key("How much memory stored answers take. Nothing is stored where no route has `cache`.")
public record Cache(
    @Key(
            value =
                "Bytes of stored answers, heads and bodies, over all routes; they are on the heap,"
                    + " so give the process more than twice as much.",
            or = "64MiB",
            form = Form.SIZE,
            min = "64KiB",
            max = "1024GiB")
        long maxBytes,
    @Key(
            value =
                "Larger answers are passed on and not stored; at most an eighth of `max_bytes`"
                    + " counts.",
            or = "4MiB",
            form = Form.SIZE,
            min = "1KiB",
            max = "1GiB")
        long maxObject) {

  /** {@link #maxObject}, so that a few large answers do not drive out all others. */
  public long largestObject() {
    return Math.min(maxObject, maxBytes / 8);
  }
}
