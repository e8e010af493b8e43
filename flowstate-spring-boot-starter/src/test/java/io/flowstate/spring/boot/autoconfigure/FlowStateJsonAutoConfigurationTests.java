package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.flowstate.serialization.SerializerOutput;
import io.flowstate.spring.boot.json.JsonSerializers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/** Tests when there are JSON serializers, and what is said when there are none. */
@ExtendWith(OutputCaptureExtension.class)
class FlowStateJsonAutoConfigurationTests {

    private final ApplicationContextRunner contexts = new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(FlowStateJsonAutoConfiguration.class, JacksonAutoConfiguration.class));

    @TempDir
    private Path directory;

    @Test
    void theMapperOfTheApplicationIsUsed() {
        this.contexts.withPropertyValues("spring.jackson.property-naming-strategy=SNAKE_CASE").run((context) -> {
            SerializerOutput output = new SerializerOutput(0);
            context.getBean(JsonSerializers.class).of("named", Named.class).write(new Named("a"), output);

            assertThat(output.toByteArray()).asString(StandardCharsets.UTF_8).isEqualTo("{\"first_name\":\"a\"}");
        });
    }

    @Test
    void theApplicationsOwnAreLeftAlone() {
        JsonSerializers own = new JsonSerializers(new JsonMapper());

        this.contexts.withBean("own", JsonSerializers.class, () -> own)
            .run((context) -> assertThat(context).getBean(JsonSerializers.class).isSameAs(own));
    }

    @Test
    void thereAreNoneWithoutJackson() {
        this.contexts.withClassLoader(new FilteredClassLoader("tools.jackson"))
            .run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(JsonSerializers.class));
    }

    @Test
    void thereAreNoneWithoutAMapper() {
        new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(FlowStateJsonAutoConfiguration.class))
            .run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(JsonSerializers.class));
    }

    @Test
    void whoAsksForThemWithoutAMapperIsToldWhatToAdd(CapturedOutput output) {
        assertThatException().isThrownBy(() -> Application
            .main("--spring.autoconfigure.exclude=" + JacksonAutoConfiguration.class.getName(), storage()));

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("there is no JsonMapper bean to make them with")
            .contains("org.springframework.boot:spring-boot-starter-jackson");
    }

    /** In a JVM of its own, whose class path really has no Jackson. */
    @Test
    void whoAsksForThemWithoutJacksonIsToldWhichDependencyToAdd() throws Exception {
        String output = runWithoutJackson();

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("Jackson 3 is not on the class path.")
            .contains("Add the dependency org.springframework.boot:spring-boot-starter-jackson.");
    }

    private String runWithoutJackson() throws IOException, InterruptedException {
        String separator = System.getProperty("path.separator");
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(Pattern.quote(separator)))
            .filter((entry) -> !Path.of(entry).getFileName().toString().contains("jackson"))
            .collect(Collectors.joining(separator));
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m", "-cp", classPath, Application.class.getName(), storage())
            .directory(this.directory.toFile())
            .redirectErrorStream(true)
            .start();
        try (InputStream stream = process.getInputStream()) {
            String output = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isNotZero();
            return output;
        }
    }

    private String storage() {
        return "--flowstate.temporary-dir=" + this.directory.resolve("temporary");
    }

    record Named(String firstName) {
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    public static class Application {

        public static void main(String... arguments) {
            SpringApplication application = new SpringApplication(Application.class);
            application.setDefaultProperties(
                    Map.of("flowstate.storage", "temporary", "spring.main.web-application-type", "none"));
            application.run(arguments);
        }

        @Bean
        String asking(JsonSerializers serializers) {
            return serializers.getClass().getName();
        }

    }

}
