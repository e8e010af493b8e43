package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests applications whose beans were worked out by the build. */
class AotTests {

    @TempDir
    private Path directory;

    @Test
    @CompileWithForkedClassLoader
    void theStoresOfTheBuildAreOpenedByTheStart() {
        TestGenerationContext generated = new TestGenerationContext(AotTests.class);
        ClassName name = process(generated);
        assertThat(this.directory).isEmptyDirectory(); // a build opens nothing

        TestCompiler.forSystem().with(generated).compile((compiled) -> {
            ApplicationContextInitializer<?> beans = compiled.getInstance(ApplicationContextInitializer.class,
                    name.toString());
            assertThat(count(beans)).isEqualTo("1 and 10");
            assertThat(count(beans)).isEqualTo("2 and 20");
        });
    }

    private ClassName process(TestGenerationContext generated) {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            settings().applyTo(context);
            context.register(Application.class);
            ClassName name = new ApplicationContextAotGenerator().processAheadOfTime(context, generated);
            generated.writeGeneratedContent();
            return name;
        }
    }

    private TestPropertyValues settings() {
        return TestPropertyValues.of("flowstate.log-dir=" + this.directory.resolve("log"),
                "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"), "flowstate.index-memory=16MB",
                "flowstate.stores.sessions.log-dir=" + this.directory.resolve("sessions-log"),
                "flowstate.stores.sessions.checkpoint-dir=" + this.directory.resolve("sessions-checkpoints"),
                "flowstate.stores.sessions.index-memory=16MB");
    }

    @SuppressWarnings("unchecked") // what is generated takes any
    private String count(ApplicationContextInitializer<?> beans) {
        try (GenericApplicationContext context = new GenericApplicationContext()) {
            settings().applyTo(context);
            ((ApplicationContextInitializer<GenericApplicationContext>) beans).initialize(context);
            context.refresh();
            return context.getBean(Hits.class).count();
        }
    }

    /** An application with two stores. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(FlowStateAutoConfiguration.class)
    @Import(Hits.class)
    static class Application {

    }

    /** Counts in both. */
    static final class Hits {

        private final StateManager state;

        private final StateManager sessions;

        Hits(StateManager state, @Qualifier("sessions") StateManager sessions) {
            this.state = state;
            this.sessions = sessions;
        }

        String count() {
            return add(this.state, 1) + " and " + add(this.sessions, 10);
        }

        private static long add(StateManager state, long count) {
            return state.scope("test").counters("hits", Serializers.string()).add("a", count);
        }

    }

}
