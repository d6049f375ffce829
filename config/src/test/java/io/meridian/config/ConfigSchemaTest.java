package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfigSchemaTest {
  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(VersionFlag.V202012);
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private final JsonSchema schema = SCHEMAS.getSchema(ConfigSchema.json());

  @Test
  void it_is_a_valid_schema() throws Exception {
    JsonSchema meta = SCHEMAS.getSchema(SchemaLocation.of(SchemaId.V202012));

    assertEquals(Set.of(), meta.validate(new ObjectMapper().readTree(ConfigSchema.json())));
  }

  @Test
  void the_example_and_a_small_file_fit_it() throws Exception {
    assertEquals(Set.of(), schema.validate(YAML.readTree(ConfigLoaderTest.example())));
    assertEquals(Set.of(), schema.validate(YAML.readTree(ConfigLoaderTest.SMALL)));
  }

  @Test
  void short_forms_and_variables_fit_it() throws Exception {
    String text =
        ConfigLoaderTest.SMALL
            + """
            workers: ${WORKERS:-2}
            access_log: off
            health: { http: { statuses: 200-399 } }
            limits: { head: 8192, body: 1.5GiB }
            failover: { budget: "${BUDGET}" }
            """;

    assertEquals(Set.of(), schema.validate(YAML.readTree(text)));
  }

  @Test
  void what_the_loader_refuses_by_its_form_does_not_fit_it() throws Exception {
    for (String line :
        List.of(
            "zone: a",
            "workers: two",
            "workers: -1",
            "health: { interval: 5 }",
            "health: { http: {}, tls: {} }",
            "failover: { budget: 20 }",
            "limits: { head: 64k }",
            "routes: []",
            "routes: [{ match: { paths: [api] } }]",
            "routes: [{ policy: fastest }]",
            "fences: [{ name: a, when: { client_country: [NO] } }]",
            "access_log: { output: syslog }")) {
      JsonNode file = YAML.readTree(ConfigLoaderTest.SMALL + line + "\n");
      assertFalse(schema.validate(file).isEmpty(), line);
    }
    assertFalse(schema.validate(YAML.readTree("version: 1")).isEmpty());
  }

  @Test
  void every_property_is_described() throws Exception {
    List<String> bare = new ArrayList<>();
    int properties = undescribed(new ObjectMapper().readTree(ConfigSchema.json()), "", bare);

    assertEquals(List.of(), bare);
    assertTrue(properties > 80, "only " + properties + " properties");
  }

  private static int undescribed(JsonNode node, String path, List<String> bare) {
    int count = 0;
    for (var field : node.properties()) {
      if (field.getKey().equals("properties")) {
        for (var property : field.getValue().properties()) {
          count++;
          if (property.getValue().path("description").asText().length() < 8) {
            bare.add(path + "/" + property.getKey());
          }
        }
      }
      count += undescribed(field.getValue(), path + "/" + field.getKey(), bare);
    }
    return count;
  }
}
