package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests what the README shows, from its own text. */
class ReadmeTests {

    private static final String IMPORTS = """
            import io.flowstate.*;
            import io.flowstate.azure.*;
            import io.flowstate.compression.*;
            import io.flowstate.serialization.*;
            import io.flowstate.spring.boot.json.*;
            import io.flowstate.spring.boot.test.*;
            import io.flowstate.state.*;
            import io.flowstate.storage.*;
            import java.math.BigDecimal;
            import java.nio.file.Path;
            import java.time.Instant;
            import org.junit.jupiter.api.Test;
            import org.springframework.beans.factory.annotation.Autowired;
            import org.springframework.beans.factory.annotation.Qualifier;
            import org.springframework.boot.test.context.SpringBootTest;
            import org.springframework.stereotype.Component;
            import static org.junit.jupiter.api.Assertions.assertThrows;
            """;

    @TempDir
    private Path directory;

    @Test
    void theCodeCompilesAndThePlainOneCounts() throws Exception {
        for (String block : Readme.blocks("java")) {
            compile(block);
        }

        assertThat(runVisits()).isEqualTo("alice: 1");
        assertThat(runVisits()).isEqualTo("alice: 2");
    }

    @Test
    void theInjectedCodeGoesOnAfterARestart() throws Exception {
        for (String block : Readme.blocks("java")) {
            compile(block);
        }

        try (URLClassLoader classes = new URLClassLoader(new URL[] { this.directory.toUri().toURL() },
                getClass().getClassLoader())) {
            Class<?> orders = classes.loadClass("Orders");
            ApplicationContextRunner contexts = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FlowStateAutoConfiguration.class))
                .withPropertyValues("flowstate.log-dir=" + this.directory.resolve("log"),
                        "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"))
                .withBean(orders);

            contexts.run((context) -> {
                ReflectionTestUtils.invokeMethod(context.getBean(orders), "received", 0, 41L, "alice");
                ReflectionTestUtils.invokeMethod(context.getBean(orders), "received", 0, 42L, "alice");
            });
            contexts.run((context) -> {
                Object next = ReflectionTestUtils.invokeMethod(context.getBean(orders), "nextOffset", 0);
                assertThat(next).isEqualTo(43L);
                assertThat(context.getBean(StateManager.class)
                    .scope("orders")
                    .counters("by-customer", Serializers.string())
                    .get("alice")).isEqualTo(2);
            });
        }
    }

    private void compile(String block) {
        Matcher name = Pattern.compile("class (\\w+)").matcher(block);
        assertThat(name.find()).isTrue();
        JavaFileObject source = new SimpleJavaFileObject(URI.create("string:///" + name.group(1) + ".java"),
                JavaFileObject.Kind.SOURCE) {

            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return IMPORTS + block;
            }

        };
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        boolean compiled = compiler
            .getTask(messages, null, null, List.of("-proc:none", "-d", this.directory.toString()), null,
                    List.of(source))
            .call();
        assertThat(compiled).as(messages.toString()).isTrue();
    }

    private String runVisits() throws Exception {
        String classPath = this.directory + System.getProperty("path.separator")
                + System.getProperty("java.class.path");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m", "-cp", classPath, "Visits")
            .directory(this.directory.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
        try (InputStream output = process.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isZero();
            return text.strip();
        }
    }

    @Test
    void everyPropertyInTheYamlExists() throws Exception {
        for (String block : Readme.blocks("yaml")) {
            List<PropertySource<?>> sources = new YamlPropertySourceLoader().load("readme",
                    new ByteArrayResource(block.getBytes(StandardCharsets.UTF_8)));
            FlowStateProperties bound = new Binder(ConfigurationPropertySources.from(sources))
                .bind("flowstate", Bindable.of(FlowStateProperties.class),
                        new NoUnboundElementsBindHandler(BindHandler.DEFAULT, (source) -> true))
                .get();
            assertThat(bound).isNotNull();
        }
    }

    @Test
    void theTableOfSettingsHasEachPropertyOnceWithItsDefault() throws Exception {
        Map<String, String> defined = new TreeMap<>();
        try (InputStream input = getClass().getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            for (JsonNode property : new JsonMapper().readTree(input).path("properties")) {
                String name = property.path("name").asString();
                if (name.startsWith("flowstate.")) {
                    defined.put(name.substring("flowstate.".length()), property.path("defaultValue").asString());
                }
            }
        }
        String settings = Readme.section("Settings");
        Matcher rows = Pattern.compile("(?m)^\\| `([a-z.-]+)` \\| ([^|]*) \\|.*$")
            .matcher(settings.substring(0, settings.indexOf("\n### ")));
        Map<String, String> documented = new TreeMap<>();
        while (rows.find()) {
            assertThat(documented.put(rows.group(1), rows.group(2).replace("`", ""))).as(rows.group()).isNull();
        }

        assertThat(documented).containsExactlyEntriesOf(defined);
    }

}
