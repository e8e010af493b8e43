package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import io.flowstate.StateManager;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests that the starter needs none of its optional dependencies. */
class ClassPathTests {

    private static final String IMPORTS = "/META-INF/spring/"
            + "org.springframework.boot.autoconfigure.AutoConfiguration.imports";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = { "org.springframework.boot.actuate", "org.springframework.boot.health", "io.micrometer",
            "com.github.luben", "tools.jackson", "com.azure", "org.springframework.boot.jackson", "org.junit",
            "org.springframework.test" })
    void theContextStartsWithout(String packageName) throws Exception {
        new ApplicationContextRunner().withClassLoader(new FilteredClassLoader(packageName))
            .withConfiguration(AutoConfigurations.of(autoConfigurations()))
            .withPropertyValues("flowstate.log-dir=" + this.directory.resolve("log"),
                    "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"),
                    "management.endpoints.web.exposure.include=*")
            .run((context) -> {
                assertThat(context).hasSingleBean(StateManager.class);
                assertThat(context.getBean(StateManager.class).checkpoint().version()).isPositive();
            });
    }

    private Class<?>[] autoConfigurations() throws IOException {
        try (InputStream input = getClass().getResourceAsStream(IMPORTS)) {
            assertThat(input).isNotNull();
            List<String> names = new String(input.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            return names.stream()
                .map((name) -> ClassUtils.resolveClassName(name, getClass().getClassLoader()))
                .toArray(Class<?>[]::new);
        }
    }

}
