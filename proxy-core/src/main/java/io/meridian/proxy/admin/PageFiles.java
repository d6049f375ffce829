package io.meridian.proxy.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** The files of the page, which lie beside this class. */
final class PageFiles {
  static final String HTML = "text/html; charset=utf-8";
  static final String SVG = "image/svg+xml";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  /** Their names, and what they are. */
  static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("page.css", CSS),
          Map.entry("page.js", SCRIPT),
          Map.entry("stream.js", SCRIPT),
          Map.entry("map.js", SCRIPT),
          Map.entry("projection.js", SCRIPT),
          Map.entry("land.js", SCRIPT),
          Map.entry("countries.js", SCRIPT),
          Map.entry("charts.js", SCRIPT),
          Map.entry("regions.js", SCRIPT),
          Map.entry("controls.js", SCRIPT),
          Map.entry("explain.js", SCRIPT),
          Map.entry("parts.js", SCRIPT),
          Map.entry("favicon.svg", SVG));

  private PageFiles() {}

  static byte[] read(String name) {
    try (InputStream file = PageFiles.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException("not in the jar: " + name);
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
