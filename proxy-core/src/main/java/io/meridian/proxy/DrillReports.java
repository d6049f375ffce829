package io.meridian.proxy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.meridian.proxy.admin.DrillReport;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of drills that are over, one each. */
final class DrillReports {
  private static final Logger log = LoggerFactory.getLogger(DrillReports.class);
  private static final String PREFIX = "drill-";
  private static final String SUFFIX = ".json";
  private static final int MAX_READ = 500;
  private static final long MAX_BYTES = 64 * 1024;

  /** Loaded with the first report: it would take a tenth of the start. */
  private static final class Json {
    static final ObjectMapper MAPPER =
        new ObjectMapper()
            .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT);
  }

  /** The newest, newest first; what can't be read is passed over with a word in the log. */
  List<DrillReport> read(Path directory) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
      found.forEach(files::add);
    } catch (IOException e) {
      log.warn("drill reports in {} can't be read: {}", directory, e.getMessage());
    }
    files.sort(Comparator.comparing(DrillReports::time).reversed());
    List<DrillReport> reports = new ArrayList<>();
    for (Path file : files.subList(0, Math.min(MAX_READ, files.size()))) {
      try {
        if (Files.size(file) <= MAX_BYTES) {
          reports.add(Json.MAPPER.readValue(file.toFile(), DrillReport.class));
        }
      } catch (IOException e) {
        log.warn("drill report {} can't be read: {}", file, e.getMessage());
      }
    }
    reports.sort(Comparator.comparingLong(DrillReport::startedEpochMillis).reversed());
    return reports;
  }

  /** The end of the name, which begins with a region's. */
  private static String time(Path file) {
    String name = file.getFileName().toString();
    return name.substring(Math.max(0, name.length() - SUFFIX.length() - 16));
  }

  /** Writes one, whole or not at all. */
  void write(Path directory, DrillReport report) {
    Path file = directory.resolve(PREFIX + report.id() + SUFFIX);
    Path next = directory.resolve(PREFIX + report.id() + ".part");
    try {
      Files.writeString(next, text(report));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      log.error("drill report {} can't be written: {}", file, e.getMessage());
    }
  }

  private String text(DrillReport report) throws JsonProcessingException {
    return Json.MAPPER.writeValueAsString(report) + "\n";
  }
}
