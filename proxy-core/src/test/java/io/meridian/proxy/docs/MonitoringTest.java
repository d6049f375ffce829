package io.meridian.proxy.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Alert rules, dashboards and what provisions them fit together, and with the manual. */
class MonitoringTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final ObjectMapper JSON = new ObjectMapper();

  private static Path file(String name) {
    return DocsTest.root().resolve(name);
  }

  private static List<JsonNode> alerts() throws IOException {
    List<JsonNode> alerts = new ArrayList<>();
    JsonNode rules = YAML.readTree(file("docs/monitoring/alerts.yaml").toFile());
    for (JsonNode group : rules.get("groups")) {
      for (JsonNode rule : group.get("rules")) {
        if (rule.has("alert")) {
          alerts.add(rule);
        }
      }
    }
    assertTrue(alerts.size() > 12, alerts::toString);
    return alerts;
  }

  @Test
  void every_alert_has_a_severity_a_summary_a_test_and_a_runbook_that_names_it()
      throws IOException {
    String tests =
        Files.readString(file("docs/monitoring/alerts-test.yaml"))
            + Files.readString(file("docs/monitoring/alerts-test-slow.yaml"));
    String manual = Files.readString(file("docs/operations.md"));
    for (JsonNode alert : alerts()) {
      String name = alert.get("alert").asText();
      assertTrue(Set.of("page", "ticket").contains(alert.at("/labels/severity").asText()), name);
      assertTrue(alert.at("/annotations/summary").asText().length() > 20, name);
      assertTrue(tests.contains("alertname: " + name), name + " has no test");
      String[] runbook = alert.at("/annotations/runbook").asText().split("#", -1);
      assertEquals("docs/operations.md", runbook[0], name);
      assertTrue(DocsTest.anchors(file(runbook[0])).contains(runbook[1]), name);
      assertTrue(manual.contains("`" + name + "`"), name + " is not in its runbook");
    }
  }

  @Test
  void dashboards_have_names_of_their_own_and_ask_the_provisioned_source() throws IOException {
    Set<String> sources = new HashSet<>();
    JsonNode provisioned = YAML.readTree(file("docker/compose/grafana/datasources.yaml").toFile());
    for (JsonNode source : provisioned.get("datasources")) {
      sources.add(source.get("uid").asText());
    }
    Set<String> names = new HashSet<>();
    List<Path> files;
    try (Stream<Path> list = Files.list(file("docs/monitoring/dashboards"))) {
      files = list.toList();
    }
    assertEquals(4, files.size());
    for (Path path : files) {
      JsonNode dashboard = JSON.readTree(path.toFile());
      assertTrue(names.add(dashboard.path("uid").asText()), path + " has no uid of its own");
      for (JsonNode source : dashboard.findValues("datasource")) {
        String uid = source.isTextual() ? source.asText() : source.path("uid").asText();
        assertTrue(
            sources.contains(uid) || uid.equals("${datasource}") || uid.equals("-- Grafana --"),
            path + " asks " + source);
      }
    }
  }

  @Test
  void the_composed_services_mount_files_that_are_there_and_name_each_other_rightly()
      throws IOException {
    Path docker = file("docker");
    JsonNode services = YAML.readTree(docker.resolve("compose.yaml").toFile()).get("services");
    Set<String> names = new HashSet<>();
    services.fieldNames().forEachRemaining(names::add);
    for (JsonNode service : services) {
      for (JsonNode volume : service.path("volumes")) {
        Path from = docker.resolve(volume.asText().split(":", -1)[0]).normalize();
        assertTrue(Files.exists(from), from::toString);
      }
      for (JsonNode other : service.path("depends_on")) {
        assertTrue(names.contains(other.asText()), other::toString);
      }
    }
    JsonNode meridian = YAML.readTree(docker.resolve("compose/meridian.yaml").toFile());
    for (JsonNode region : meridian.get("regions")) {
      assertTrue(names.contains(region.get("name").asText()), region::toString);
      String url = region.at("/endpoints/0/url").asText();
      assertEquals("http://" + region.get("name").asText() + ":8080", url);
    }
    JsonNode prometheus = YAML.readTree(docker.resolve("compose/prometheus.yaml").toFile());
    JsonNode target = prometheus.at("/scrape_configs/0/static_configs/0/targets/0");
    assertEquals("meridian:9901", target.asText());
    String rules = ":" + prometheus.at("/rule_files/0").asText() + ":";
    assertTrue(services.at("/prometheus/volumes").toString().contains(rules), rules);
  }
}
