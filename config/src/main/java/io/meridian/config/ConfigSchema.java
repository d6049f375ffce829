package io.meridian.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.meridian.config.Shape.Part;
import java.util.List;

/**
 * The file's JSON Schema (draft 2020-12), for editors: keys, types, ranges, defaults, descriptions.
 * What holds between keys is left to {@link ConfigLoader}.
 */
public final class ConfigSchema {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final String VARIABLE = "#/$defs/variable";

  private final ObjectNode definitions = JSON.createObjectNode();

  private ConfigSchema() {}

  /** The schema as indented JSON text. */
  public static String json() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(new ConfigSchema().root())
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private ObjectNode root() {
    ObjectNode root = JSON.createObjectNode();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("title", "Meridian configuration");
    root.setAll(map(Shape.of(MeridianConfig.class)));
    definitions
        .putObject("variable")
        .put("description", "A value from the environment: `${NAME}` or `${NAME:-default}`.")
        .put("type", "string")
        .put("pattern", "\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}");
    root.set("$defs", definitions);
    return root;
  }

  private ObjectNode map(Shape shape) {
    ObjectNode map = JSON.createObjectNode();
    map.put("description", shape.description()).put("type", "object");
    map.put("additionalProperties", false);
    ObjectNode properties = JSON.createObjectNode();
    ArrayNode required = JSON.createArrayNode();
    for (Part part : shape.parts()) {
      if (part.ways().isEmpty()) {
        properties.set(part.name(), property(part));
        if (part.required()) {
          required.add(part.name());
        }
      } else {
        part.ways().forEach((name, type) -> properties.set(name, reference(type)));
        map.set("not", anyTwo(List.copyOf(part.ways().keySet())));
      }
    }
    map.set("properties", properties);
    if (!required.isEmpty()) {
      map.set("required", required);
    }
    return map;
  }

  private ObjectNode property(Part part) {
    ObjectNode property;
    if (part.list()) {
      ObjectNode list = JSON.createObjectNode().put("type", "array");
      list.set("items", item(part));
      if (part.key().atLeast() > 0) {
        list.put("minItems", part.key().atLeast());
      }
      if (!part.map()) {
        list.put("uniqueItems", true);
      }
      property = part.key().single() ? anyOf(list, item(part)) : list;
    } else {
      property = item(part);
    }
    property.put("description", Words.plain(part.key().value()));
    if (!part.key().or().isEmpty() && !part.key().or().contains("{n}")) {
      property.set("default", value(part.key().or()));
    }
    return property;
  }

  private ObjectNode item(Part part) {
    if (part.map()) {
      Shape shape = Shape.of(part.type());
      ObjectNode map = reference(part.type());
      return shape.scalar().isEmpty() ? map : anyOf(map, scalarOf(shape));
    }
    return scalar(part);
  }

  private ObjectNode scalarOf(Shape shape) {
    return shape.parts().stream()
        .filter(part -> part.name().equals(shape.scalar()))
        .findFirst()
        .map(this::scalar)
        .orElseThrow();
  }

  private ObjectNode reference(Class<?> type) {
    String name = Shape.snake(type.getSimpleName());
    if (!definitions.has(name)) {
      definitions.putObject(name); // keeps its place before those that it refers to
      definitions.set(name, map(Shape.of(type)));
    }
    return JSON.createObjectNode()
        .put("$ref", "#/$defs/" + name)
        .put("description", Words.plain(Shape.of(type).description()));
  }

  private ObjectNode scalar(Part part) {
    Form form = part.form();
    Key key = part.key();
    if (key.only().length > 0) {
      ObjectNode only = JSON.createObjectNode();
      ArrayNode values = only.putArray("enum");
      for (String word : key.only()) {
        values.add(value(word));
      }
      return orVariable(only);
    }
    return switch (form) {
      case NUMBER, DECIMAL -> {
        ObjectNode number = JSON.createObjectNode().put("type", form.schema());
        bound(number, "minimum", key.min());
        bound(number, "maximum", key.max());
        yield orVariable(number);
      }
      case SWITCH -> orVariable(JSON.createObjectNode().put("type", "boolean"));
      case CHOICE -> {
        ObjectNode choice = JSON.createObjectNode();
        ArrayNode values = choice.putArray("enum");
        for (Object constant : part.type().getEnumConstants()) {
          values.add(Words.word(constant));
          if (Words.word(constant).equals("off")) {
            values.add(false); // what YAML 1.1 makes of it
          }
        }
        yield orVariable(choice);
      }
      case SIZE -> {
        ObjectNode bytes = JSON.createObjectNode().put("type", "integer").put("minimum", 0);
        yield anyOf(bytes, text(form.schema()), variable());
      }
      case STATUS_RANGE -> {
        ObjectNode code =
            JSON.createObjectNode().put("type", "integer").put("minimum", 100).put("maximum", 599);
        yield anyOf(code, text(form.schema()), variable());
      }
      case AT_LEAST -> {
        ObjectNode count =
            JSON.createObjectNode().put("type", "integer").put("minimum", 1).put("maximum", 1000);
        yield anyOf(count, text(form.schema()), variable());
      }
      default ->
          form.schema().isEmpty()
              ? JSON.createObjectNode().put("type", "string").put("minLength", 1)
              : orVariable(text(form.schema()));
    };
  }

  private static ObjectNode text(String pattern) {
    return JSON.createObjectNode().put("type", "string").put("pattern", pattern);
  }

  private static ObjectNode orVariable(ObjectNode schema) {
    return anyOf(schema, variable());
  }

  private static ObjectNode variable() {
    return JSON.createObjectNode().put("$ref", VARIABLE);
  }

  private static ObjectNode anyOf(ObjectNode... schemas) {
    ObjectNode any = JSON.createObjectNode();
    any.putArray("anyOf").addAll(List.of(schemas));
    return any;
  }

  private static ObjectNode anyTwo(List<String> names) {
    ObjectNode two = JSON.createObjectNode();
    ArrayNode pairs = two.putArray("anyOf");
    for (int i = 0; i < names.size(); i++) {
      for (int j = i + 1; j < names.size(); j++) {
        pairs.addObject().putArray("required").add(names.get(i)).add(names.get(j));
      }
    }
    return two;
  }

  private static void bound(ObjectNode number, String keyword, String text) {
    if (!text.isEmpty()) {
      number.set(keyword, value(text));
    }
  }

  /** A default or a bound as the file would hold it. */
  private static JsonNode value(String yaml) {
    try {
      return YAML.readTree(yaml);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
