package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.util.List;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.spring.boot.StateManagerOptionsCustomizer;
import io.flowstate.state.CounterState;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests several stores: {@link NamedStoreRegistrar} and {@link NamedStores}. */
@ExtendWith(OutputCaptureExtension.class)
class NamedStoreTests {

    @TempDir
    private Path directory;

    private ApplicationContextRunner contexts;

    @BeforeEach
    void setUp() {
        this.contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(FlowStateAutoConfiguration.class,
                    FlowStateHealthAutoConfiguration.class, FlowStateMetricsAutoConfiguration.class,
                    HealthContributorAutoConfiguration.class, HealthContributorRegistryAutoConfiguration.class))
            .withPropertyValues("flowstate.log-dir=" + this.directory.resolve("log"),
                    "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"), "flowstate.memory-size=16MB",
                    "flowstate.index-memory=16MB",
                    "flowstate.stores.orders.log-dir=" + this.directory.resolve("orders/log"),
                    "flowstate.stores.orders.checkpoint-dir=" + this.directory.resolve("orders/checkpoints"),
                    "flowstate.stores.orders.memory-size=16MB", "flowstate.stores.orders.index-memory=16MB",
                    "flowstate.stores.orders.checkpoint.interval=0", "flowstate.stores.scratch.storage=temporary",
                    "flowstate.stores.scratch.temporary-dir=" + this.directory.resolve("temp"),
                    "flowstate.stores.scratch.memory-size=16MB", "flowstate.stores.scratch.index-memory=16MB");
    }

    @Test
    void eachStoreIsInjectedByItsQualifierAndTheUnnamedOneWithout() {
        this.contexts.withBean(Holder.class).run((context) -> {
            Holder holder = context.getBean(Holder.class);
            hits(holder.unnamed).add("a", 1);
            hits(holder.orders).add("a", 2);
            hits(holder.scratch).add("a", 3);
            assertThat(holder.orders.checkpoint().version()).isOne();
            assertThat(context.getBean(StateManager.class)).isSameAs(holder.unnamed);

            context.stop();
            assertThatIllegalStateException().isThrownBy(() -> hits(holder.orders));
            context.start();
            assertThat(hits(holder.orders).get("a")).isEqualTo(2);
            assertThat(hits(holder.scratch).get("a")).isZero();
        });

        this.contexts.withBean(Holder.class).run((context) -> {
            Holder holder = context.getBean(Holder.class);
            assertThat(hits(holder.unnamed).get("a")).isOne();
            assertThat(hits(holder.orders).get("a")).isEqualTo(2);
            assertThat(hits(holder.scratch).get("a")).isZero();
        });
    }

    @Test
    void threadsAndMessagesTellWhichStoreItIs(CapturedOutput output) {
        this.contexts.run((context) -> assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
            .contains("flowstate-checkpoints-default", "flowstate-checkpoints-scratch"));

        assertThat(output).containsPattern("Store default: Checkpoint \\d+ was taken at shutdown")
            .containsPattern("Store orders: Checkpoint \\d+ was taken at shutdown");
    }

    @Test
    void healthAndMetersShowEachOfThem() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        this.contexts.withBean(MeterRegistry.class, () -> registry).run((context) -> {
            CompositeHealthContributor health = (CompositeHealthContributor) context
                .getBean(HealthContributorRegistry.class)
                .getContributor("flowstate");
            assertThat(health).isNotNull();
            assertThat(health.stream()).extracting(HealthContributors.Entry::name)
                .containsExactlyInAnyOrder("default", "orders", "scratch");
            context.getBean(FlowStateMetrics.class).bindTo(registry);
            for (String store : List.of("default", "orders", "scratch")) {
                assertThat(registry.get("flowstate.open").tag("store", store).gauge().value()).isOne();
            }
        });
    }

    @Test
    void directoriesAreCalledAfterTheStoreIfNothingElseIsSaid() {
        new ApplicationContextRunner().withPropertyValues("flowstate.stores.my-orders.checkpoint.keep=7")
            .run((context) -> {
                FlowStateProperties settings = NamedStoreRegistrar.bind(context.getEnvironment(), "my-orders");

                assertThat(settings.logDir().normalize()).isEqualTo(Path.of("data/flowstate/my-orders/log"));
                assertThat(settings.checkpointDir().normalize())
                    .isEqualTo(Path.of("data/flowstate/my-orders/checkpoints"));
                assertThat(settings.checkpoint().keep()).isEqualTo(7);
            });
    }

    @Test
    void customizersAreToldWhichStoreItIs() {
        this.contexts
            .withBean(StateManagerOptionsCustomizer.class,
                    () -> (builder, store) -> builder.checkpointsToKeep(store.equals("orders") ? 1 : 5))
            .run((context) -> {
                StateManager orders = (StateManager) context.getBean("flowstateStateManager-orders");
                orders.checkpoint();
                orders.checkpoint();
                assertThat(orders.checkpoints()).hasSize(1);
                context.getBean(StateManager.class).checkpoint();
                context.getBean(StateManager.class).checkpoint();
                assertThat(context.getBean(StateManager.class).checkpoints()).hasSize(2);
            });
    }

    @Test
    void oneStoreCanBeDisabledAndAllCan() {
        this.contexts.withPropertyValues("flowstate.stores.orders.enabled=false")
            .run((context) -> assertThat(context).doesNotHaveBean("flowstateStateManager-orders")
                .hasBean("flowstateStateManager-scratch"));
        this.contexts.withPropertyValues("flowstate.enabled=false")
            .run((context) -> assertThat(context).doesNotHaveBean(StateManager.class));
    }

    @Test
    void aDirectoryOfTwoStoresIsRefused() {
        this.contexts.withPropertyValues("flowstate.stores.other.log-dir=" + this.directory.resolve("orders/log"))
            .run((context) -> assertRefused(context, "each store must have directories of its own, but "
                    + this.directory.resolve("orders/log") + " was given to both orders and other"));
    }

    @Test
    void aNameThatDoesNotFitAndStoresBelowStoresAreRefused() {
        this.contexts.withPropertyValues("flowstate.stores.default.log-dir=elsewhere")
            .run((context) -> assertRefused(context, "the name of a store must have 1 to 63 lower-case letters, digits"
                    + " and hyphens, and not be default or console, but was default"));
        this.contexts.withPropertyValues("flowstate.stores.orders.stores.inner.log-dir=elsewhere")
            .run((context) -> assertRefused(context,
                    "stores.orders.stores must not be there: stores do not stand below one another"));
    }

    private static void assertRefused(AssertableApplicationContext context, String message) {
        assertThat(context).getFailure().isInstanceOf(InvalidSettingsException.class).hasMessage(message);
    }

    private static CounterState<String> hits(StateManager state) {
        return state.scope("test").counters("hits", Serializers.string());
    }

    static final class Holder {

        private final StateManager unnamed;

        private final StateManager orders;

        private final StateManager scratch;

        Holder(StateManager unnamed, @Qualifier("orders") StateManager orders,
                @Qualifier("scratch") StateManager scratch) {
            this.unnamed = unnamed;
            this.orders = orders;
            this.scratch = scratch;
        }

    }

}
