package io.meridian.proxy.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.meridian.config.Cidr;
import io.meridian.config.HostPort;
import io.meridian.config.Route;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/**
 * Records as JSON, in the words of the configuration file: keys in snake case, constants in lower
 * case, durations with unit; fractions to a thousandth. What a route asks of a field that carries
 * credentials is masked.
 */
final class ApiJson {
  private static final Set<String> CREDENTIALS =
      Set.of("authorization", "proxy-authorization", "cookie", "x-api-key");

  private final ObjectMapper mapper =
      new ObjectMapper()
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .registerModule(
              new SimpleModule()
                  .addSerializer(Cidr.class, ToStringSerializer.instance)
                  .addSerializer(HostPort.class, ToStringSerializer.instance)
                  .addSerializer(Path.class, ToStringSerializer.instance)
                  .addSerializer(Double.class, new Rounded())
                  .addSerializer(double.class, new Rounded())
                  .addSerializer(InetAddress.class, writing(InetAddress::getHostAddress))
                  .addSerializer(Duration.class, writing(ApiJson::duration))
                  .addSerializer(Enum.class, writing(one -> one.name().toLowerCase(Locale.ROOT)))
                  .addSerializer(Route.HeaderMatch.class, new MaskedHeader()));

  String write(Object value) throws JsonProcessingException {
    return mapper.writeValueAsString(value);
  }

  /** The same without line breaks. */
  String line(Object value) throws JsonProcessingException {
    return mapper.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value);
  }

  private static String duration(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  private interface Text<T> {
    String of(T value);
  }

  private static <T> JsonSerializer<T> writing(Text<T> text) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator out, SerializerProvider provider)
          throws IOException {
        out.writeString(text.of(value));
      }
    };
  }

  private static final class Rounded extends JsonSerializer<Double> {
    @Override
    public void serialize(Double value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      if (Double.isFinite(value)) {
        out.writeNumber(Math.round(value * 1000) / 1000.0);
      } else {
        out.writeNull();
      }
    }
  }

  private static final class MaskedHeader extends JsonSerializer<Route.HeaderMatch> {
    @Override
    public void serialize(Route.HeaderMatch header, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeStartObject();
      out.writeStringField("name", header.name());
      String value = header.value();
      if (value != null) {
        boolean secret = CREDENTIALS.contains(header.name().toLowerCase(Locale.ROOT));
        out.writeStringField("value", secret ? "***" : value);
      }
      out.writeEndObject();
    }
  }
}
