package io.meridian.proxy.telemetry;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Names as JSON, made once so that a log line only copies them. */
final class Json {
  private Json() {}

  /** The text as a JSON string, quotes included. */
  static String quote(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
