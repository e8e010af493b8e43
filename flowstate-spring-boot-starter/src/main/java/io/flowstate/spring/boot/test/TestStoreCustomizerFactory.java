package io.flowstate.spring.boot.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.support.DefaultSingletonBeanRegistry;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.util.FileSystemUtils;

/**
 * Says where the stores of a context lie if its test has {@link AutoConfigureFlowState}.
 * Found by Spring's test support through {@code spring.factories}.
 */
final class TestStoreCustomizerFactory implements ContextCustomizerFactory {

    @Override
    public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
            List<ContextConfigurationAttributes> configAttributes) {
        return TestContextAnnotationUtils.hasAnnotation(testClass, AutoConfigureFlowState.class)
                ? new TestStoreCustomizer() : null;
    }

    /** All are equal: tests share a context, and a context its stores. */
    private record TestStoreCustomizer() implements ContextCustomizer {

        @Override
        public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration merged) {
            Path directory = newDirectory();
            Map<String, Object> settings = new HashMap<>();
            addStore(settings, "flowstate", directory.resolve("default"));
            Binder.get(context.getEnvironment())
                .bind("flowstate.stores", Bindable.mapOf(String.class, Object.class))
                .orElse(Map.of())
                .keySet()
                .forEach((store) -> addStore(settings, "flowstate.stores." + store,
                        directory.resolve("store-" + store)));
            context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("flowstate test", settings));
            // destroyed after the stores, which are made later
            ((DefaultSingletonBeanRegistry) context.getBeanFactory()).registerDisposableBean("flowstateTestDirectory",
                    () -> FileSystemUtils.deleteRecursively(directory));
        }

        private static Path newDirectory() {
            try {
                return Files.createTempDirectory("flowstate-test-");
            }
            catch (IOException ex) {
                throw new UncheckedIOException(ex);
            }
        }

        private static void addStore(Map<String, Object> settings, String prefix, Path directory) {
            settings.put(prefix + ".storage", "local");
            settings.put(prefix + ".log-dir", directory.resolve("log").toString());
            settings.put(prefix + ".checkpoint-dir", directory.resolve("checkpoints").toString());
            settings.put(prefix + ".temporary-dir", directory.resolve("temp").toString());
            settings.put(prefix + ".checkpoint.interval", "0");
        }

    }

}
