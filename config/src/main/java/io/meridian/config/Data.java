package io.meridian.config;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a route knows of where its clients' data is, and how fresh it is there. */
@Key("Sends requests where the client's data is, and is fresh enough.")
public record Data(
    @Key(
            value =
                "Who has just written something reads it where it was written, until the other"
                    + " regions have it too.",
            absent = "off")
        @Nullable ReadYourWrites readYourWrites,
    @Key(
            value =
                "Reads leave a region whose copy of the data lags further behind, and come back"
                    + " below 80 % of it; if all do, the one that lags least is read. Needs"
                    + " `health.replica.lag_header`. What lags by an unknown time counts as fresh.",
            absent = "no bound",
            min = "1ms",
            max = "24h")
        @Nullable Duration maxLag,
    @Key(value = "Each client has a region that is its home.", absent = "off") @Nullable Home home,
    @Key(
            value =
                "An endpoint may answer that a request is to be sent to another region instead.",
            absent = "off")
        @Nullable AppReplay replay) {

  /** Pins a client that has written. */
  @Key("Pins a client that has written to where its write is known.")
  public record ReadYourWrites(
      @Key(value = "The file that holds the key that signs the cookie.", form = Form.SECRET_FILE)
          Path keyFile,
      @Key(value = "The cookie's name.", or = "meridian-wrote", form = Form.FIELD_TOKEN)
          String name,
      @Key(
              value = "How long, when the answer to the write carries no position.",
              or = "5s",
              min = "1s",
              max = "1h")
          Duration keep,
      @Key(
              value =
                  "How long at most, when it carries one (`health.replica.position_header`): until"
                      + " then a region is read only if its position has passed the client's.",
              or = "1m",
              min = "1s",
              max = "24h")
          Duration atMost,
      @Key(
              value =
                  "The region that has what was written, if endpoints elsewhere pass writes on to"
                      + " it.",
              absent = "the one that answered",
              form = Form.NAME)
          @Nullable String region,
      @Key(
              value =
                  "What becomes of a read when no region that has the write can be had: `read` from"
                      + " another, which is counted, or `refuse` with 503.",
              or = "read")
          Otherwise otherwise,
      @Key(
              value =
                  "When the cookie is sent from other sites' pages: `lax`, `strict` or `none`,"
                      + " which browsers take over TLS only.",
              or = "lax")
          Route.SameSite sameSite,
      @Key(
              value =
                  "Whether the cookie is for TLS only: `auto`, if the client came so; `always`, for"
                      + " edges behind a proxy that ends TLS.",
              or = "auto")
          Route.Secure secure) {}

  /** What becomes of a read that can't be had where it is fresh. */
  public enum Otherwise {
    READ,
    REFUSE
  }

  /** Where a client is at home. */
  @Key("Which region is a client's home. It wins over latency as long as it is allowed and up.")
  public record Home(
      @Key(
              value =
                  "A request field that names the region; believed from trusted proxies only, and"
                      + " before the cookie.",
              absent = "none",
              form = Form.FIELD_NAME)
          @Nullable String header,
      @Key(
              value =
                  "An answer's field by which an endpoint names the client's region: it is kept in"
                      + " a signed cookie, and not passed on.",
              absent = "none",
              form = Form.FIELD_NAME)
          @Nullable String answerHeader,
      @Key(
              value = "The file that holds the key that signs the cookie.",
              absent = "must be given with `answer_header`",
              form = Form.SECRET_FILE)
          @Nullable Path keyFile,
      @Key(value = "The cookie's name.", or = "meridian-home", form = Form.FIELD_TOKEN) String name,
      @Key(value = "How long a client keeps the cookie.", or = "720h", min = "1s", max = "9000h")
          Duration maxAge,
      @Key(
              value =
                  "When the cookie is sent from other sites' pages: `lax`, `strict` or `none`,"
                      + " which browsers take over TLS only.",
              or = "lax")
          Route.SameSite sameSite,
      @Key(
              value =
                  "Whether the cookie is for TLS only: `auto`, if the client came so; `always`, for"
                      + " edges behind a proxy that ends TLS.",
              or = "auto")
          Route.Secure secure) {}

  /** An endpoint's word that a request belongs elsewhere. */
  @Key("Lets endpoints send a request on to another region, once.")
  public record AppReplay(
      @Key(
              value =
                  "The answer's field: `region=NAME`, `elsewhere` for any other region, or both for"
                      + " either, and `state=TEXT` for the next endpoint. It never reaches the client,"
                      + " and is removed from requests.",
              or = "Meridian-Replay",
              form = Form.FIELD_NAME)
          String header) {}
}
