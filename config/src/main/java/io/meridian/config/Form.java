package io.meridian.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** How a scalar is written in the file: in words for complaints, as a pattern for the schema. */
enum Form {
  AUTO("", ""),
  NUMBER("a whole number", "integer"),
  DECIMAL("a number", "number"),
  SWITCH("true or false", "boolean"),
  CHOICE("one of the known words", ""),
  DURATION(
      "a duration with its unit: ms, s, m or h, such as 500ms or 1.5s",
      "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$"),
  SIZE(
      "a size such as 64KiB: B, KiB, MiB, GiB, KB, MB or GB, or a whole number of bytes",
      "^[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB|KB|MB|GB)$"),
  RATE(
      "a rate: a number up to 1000000, then /s, /m or /h, such as 100/s",
      "^[1-9][0-9]{0,6}/(s|m|h)$"),
  PERCENT("a percentage such as 20%", "^[0-9]{1,3}%$"),
  TEXT("text", ""),
  NAME(
      "a name of letters, digits, \"-\", \"_\" and \".\", at most 63",
      "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"),
  ADDRESS("host:port, such as 0.0.0.0:8080", "^.+:[0-9]{1,5}$"),
  PREFIX("an address prefix such as 10.0.0.0/8 or 2001:db8::/32", "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"),
  URL(
      "http://host:port or https://host:port, such as http://10.1.0.10:8080",
      "^https?://[^/?#@]+$"),
  HOST("a host name such as www.example.com", "^[a-z0-9.-]+$"),
  HOST_FIELD("a host, with a port if need be, such as www.example.com", "^[^\\s/]+$"),
  HOST_PATTERN(
      "a lower-case host without port, or \"*.\" and such a host: www.example.com, *.example.com",
      "^(\\*\\.)?[a-z0-9.:\\[\\]-]+$"),
  PATH_PREFIX("a path that starts with \"/\", such as /api/", "^/[^?#*\\s]*$"),
  TARGET("a path that starts with \"/\", such as /healthz", "^/[^#\\s]*$"),
  METHOD("a request method in upper case, such as GET", ""),
  FIELD_NAME("a header field name such as x-canary", "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"),
  MEDIA_TYPE(
      "a media type in lower case, such as text/html or text/*",
      "^[a-z0-9!#$&^_.+-]+/([a-z0-9!#$&^_.+-]+|\\*)$"),
  STATUS_RANGE(
      "a status code or a range of them, such as 200 or 200-299",
      "^[1-5][0-9]{2}(-[1-5][0-9]{2})?$"),
  CONTINENT("a continent: AF, AN, AS, EU, NA, OC or SA", "^(AF|AN|AS|EU|NA|OC|SA)$"),
  COUNTRY("an ISO 3166-1 country code of two letters, such as DE", "^[A-Z]{2}$"),
  SUBDIVISION("an ISO 3166-2 subdivision code without the country, such as BY", "^[A-Z0-9]{1,3}$"),
  ISO_SUBDIVISION(
      "an ISO 3166-2 subdivision code with the country, such as US-CA", "^[A-Z]{2}-[A-Z0-9]{1,3}$"),
  FIELD_TOKEN(
      "a name of letters, digits and !#$%&'*+.^_`|~-, as a cookie's",
      "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"),
  READABLE_FILE("a file that can be read", ""),
  SECRET_FILE("a file that can be read and holds the secret", ""),
  WRITABLE_FILE("a file in a directory that can be written to", ""),
  WRITABLE_DIRECTORY("a directory that can be written to", "");

  private final String expected;
  private final String schema;

  Form(String expected, String schema) {
    this.expected = expected;
    this.schema = schema;
  }

  /** What a complaint says was expected. */
  String expected() {
    return expected;
  }

  /** A JSON type for numbers and booleans, else a pattern; empty: any text. */
  String schema() {
    return schema;
  }

  boolean isFile() {
    return this == READABLE_FILE
        || this == SECRET_FILE
        || this == WRITABLE_FILE
        || this == WRITABLE_DIRECTORY;
  }

  /** The form of a component whose annotation names none. */
  static Form of(Class<?> type) {
    if (type == int.class || type == long.class || type == Integer.class) {
      return NUMBER;
    } else if (type == double.class) {
      return DECIMAL;
    } else if (type == boolean.class) {
      return SWITCH;
    } else if (type.isEnum()) {
      return CHOICE;
    } else if (type == Duration.class) {
      return DURATION;
    } else if (type == HostPort.class) {
      return ADDRESS;
    } else if (type == Cidr.class) {
      return PREFIX;
    } else if (type == Rate.class) {
      return RATE;
    } else if (type == Health.StatusRange.class) {
      return STATUS_RANGE;
    } else if (type == URI.class) {
      return URL;
    } else if (type == Path.class) {
      return READABLE_FILE;
    } else if (type == String.class) {
      return TEXT;
    }
    return AUTO;
  }
}
