package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.meridian.proxy.exchange.ClientAddressFuzzTest;
import io.meridian.proxy.http.MessageFuzzTest;
import io.meridian.proxy.http.PartsFuzzTest;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every input that a fuzzer starts from, and every one that it once broke something with, run
 * through its target without the fuzzer.
 */
class CorpusTest {
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final List<Class<?>> TARGETS =
      List.of(MessageFuzzTest.class, PartsFuzzTest.class, ClientAddressFuzzTest.class);

  @TestFactory
  List<DynamicTest> every_kept_input_still_passes() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    for (Class<?> target : TARGETS) {
      Object instance = target.getConstructor().newInstance();
      for (Method method : target.getDeclaredMethods()) {
        if (method.isAnnotationPresent(FuzzTest.class)) {
          tests.add(DynamicTest.dynamicTest(method.getName(), () -> runAll(instance, method)));
        }
      }
    }
    return tests;
  }

  private static void runAll(Object instance, Method method) throws Exception {
    List<Path> inputs = inputs(instance.getClass(), method);
    assertFalse(inputs.isEmpty());
    for (Path input : inputs) {
      byte[] bytes = Files.readAllBytes(input);
      assertDoesNotThrow(() -> method.invoke(instance, (Object) bytes), input::toString);
    }
  }

  private static List<Path> inputs(Class<?> target, Method method) throws IOException {
    String place = target.getName().replace('.', '/') + "Inputs/" + method.getName();
    try (Stream<Path> files = Files.list(RESOURCES.resolve(place))) {
      return files.sorted().toList();
    }
  }
}
