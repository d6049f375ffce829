package io.meridian.config;

import java.time.Duration;

/** When clients are sent to a region's own address instead of being carried there. */
@Key(
    "Sends clients to a region's own address (`public_url`) by a redirect where that is clearly"
        + " faster for them than the way by this edge. Needs the places of clients and of this edge."
        + " `{}` takes all defaults.")
public record Steer(
    @Key(
            value = "What they must gain at least, and `gain_ratio` too.",
            or = "20ms",
            min = "1ms",
            max = "10s")
        Duration gain,
    @Key(value = "The same, as a share of the way by this edge.", or = "20%", form = Form.PERCENT)
        int gainRatio,
    @Key(
            value =
                "Which requests: `documents`, GET and HEAD of browsers that open a page; `reads`, all"
                    + " GET and HEAD; `all`, which repeats other methods there with their body.",
            or = "documents")
        Which requests,
    @Key(
            value = "The status: 307, or 308, which says that it is for good; neither is stored.",
            or = "307",
            only = {"307", "308"})
        int status,
    @Key(
            value =
                "The cookie by which a client that was sent away and came back is known, and kept.",
            or = "meridian-steered",
            form = Form.FIELD_TOKEN)
        String name,
    @Key(value = "For how long it is kept then.", or = "10m", min = "1s", max = "24h")
        Duration pause) {

  /** Which requests are sent away. */
  public enum Which {
    DOCUMENTS,
    READS,
    ALL
  }
}
