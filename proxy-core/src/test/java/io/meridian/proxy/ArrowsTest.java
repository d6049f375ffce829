package io.meridian.proxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may know which. */
class ArrowsTest {
  private static final String OURS = "io.meridian.";
  private static final Set<String> PACKAGES =
      Set.of(
          "cli",
          "demo",
          "admin",
          "downstream",
          "exchange",
          "compress",
          "cache",
          "routing",
          "upstream",
          "telemetry",
          "tls",
          "http2",
          "http",
          "loop");

  private final JavaClasses all =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.meridian");

  private static String in(String name) {
    return OURS + "proxy." + name + "..";
  }

  /** The package knows none of the proxy's packages but these. */
  private void knowsOnly(String name, String... others) {
    Set<String> allowed = Set.of(others);
    String[] forbidden =
        PACKAGES.stream()
            .filter(other -> !other.equals(name) && !allowed.contains(other))
            .map(ArrowsTest::in)
            .toArray(String[]::new);
    from(name)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .allowEmptyShould(true)
        .check(all);
  }

  private static GivenClassesConjunction from(String name) {
    return noClasses().that().resideInAPackage(in(name));
  }

  @Test
  void packages_know_only_those_below_them() {
    knowsOnly("downstream", "exchange", "routing", "upstream", "telemetry", "http", "loop", "tls");
    knowsOnly("admin", "exchange", "routing", "upstream", "telemetry", "http", "loop");
    knowsOnly("exchange", "compress", "cache", "routing", "upstream", "telemetry", "http", "loop");
    knowsOnly("upstream", "telemetry", "tls", "http2", "http", "loop");
    knowsOnly("routing", "compress", "cache", "http");
    knowsOnly("compress", "http");
    knowsOnly("cache", "http");
    knowsOnly("telemetry", "cache", "http");
    knowsOnly("http2", "http");
    knowsOnly("tls", "telemetry");
    knowsOnly("http");
    knowsOnly("loop");
  }

  @Test
  void packages_form_no_cycles() {
    slices().matching("io.meridian.proxy.(*)..").should().beFreeOfCycles().check(all);
    slices().matching("io.meridian.(*)..").should().beFreeOfCycles().check(all);
  }

  @Test
  void only_main_and_the_demo_know_the_command_line() {
    noClasses()
        .that()
        .resideOutsideOfPackages(in("cli"), in("demo"))
        .and()
        .doNotHaveFullyQualifiedName("io.meridian.proxy.Main")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(in("cli"))
        .check(all);
  }

  @Test
  void what_is_below_meridian_does_not_know_it() {
    Stream.of(
            "downstream",
            "exchange",
            "compress",
            "cache",
            "routing",
            "upstream",
            "telemetry",
            "tls",
            "http2",
            "http",
            "loop")
        .forEach(name ->
            from(name)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.meridian.proxy")
                .check(all));
  }

  @Test
  void routing_does_no_io() {
    from("routing")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty.channel..", "java.net..", "java.nio.channels..", "java.io..")
        .check(all);
  }

  @Test
  void modules_know_only_those_below_them() {
    classes()
        .that()
        .resideInAPackage("io.meridian.config..")
        .should()
        .onlyDependOnClassesThat()
        .resideOutsideOfPackages("io.meridian.geo..", "io.meridian.health..", "io.meridian.proxy..")
        .check(all);
    classes()
        .that()
        .resideInAPackage("io.meridian.geo..")
        .should()
        .onlyDependOnClassesThat()
        .resideOutsideOfPackages("io.meridian.health..", "io.meridian.proxy..")
        .check(all);
    classes()
        .that()
        .resideInAPackage("io.meridian.health..")
        .should()
        .onlyDependOnClassesThat()
        .resideOutsideOfPackages("io.meridian.proxy..")
        .check(all);
  }
}
