package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

import com.github.benmanes.caffeine.cache.Caffeine;
import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.SortedMapState;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Tests {@link FlowStateMetricsAutoConfiguration} and
 * {@link FlowStateObservationAutoConfiguration}.
 */
class FlowStateMetricsAutoConfigurationTests {

    @TempDir
    private Path directory;

    private ApplicationContextRunner contexts;

    @BeforeEach
    void setUp() {
        this.contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(FlowStateAutoConfiguration.class,
                    FlowStateMetricsAutoConfiguration.class, FlowStateObservationAutoConfiguration.class))
            .withPropertyValues("flowstate.log-dir=" + this.directory.resolve("log"),
                    "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"),
                    "flowstate.temporary-dir=" + this.directory.resolve("temp"), "flowstate.checkpoint.interval=0");
    }

    private static SimpleMeterRegistry registryWith(FlowStateMetrics metrics) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        metrics.bindTo(registry);
        return registry;
    }

    @Test
    void theMetersShowWhatTheStoreCounts() {
        this.contexts.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run((context) -> {
            MeterRegistry registry = registryWith(context.getBean(FlowStateMetrics.class));
            StateManager state = context.getBean(StateManager.class);
            SortedMapState<Integer, String> sorted = state.scope("test")
                .sortedMap("sorted", Serializers.int32(), Serializers.string());
            state.scope("test").counters("hits", Serializers.string()).add("a", 1);
            sorted.put(1, "one");
            assertThat(sorted.get(1)).isEqualTo("one");
            long size = state.checkpoint().sizeBytes();

            assertThat(value(registry, "flowstate.open")).isOne();
            assertThat(value(registry, "flowstate.states")).isEqualTo(2);
            assertThat(value(registry, "flowstate.memory.used", "area", "log")).isPositive();
            assertThat(value(registry, "flowstate.memory.max", "area", "log")).isEqualTo(64 << 20);
            assertThat(value(registry, "flowstate.log.address", "boundary", "tail")).isPositive();
            assertThat(value(registry, "flowstate.storage.written")).isPositive();
            assertThat(value(registry, "flowstate.pages.reads", "tier", "cache")).isPositive();
            assertThat(value(registry, "flowstate.records.changes", "place", "appended")).isPositive();
            assertThat(value(registry, "flowstate.checkpoint.completed")).isOne();
            assertThat(value(registry, "flowstate.checkpoint.failures")).isZero();
            assertThat(value(registry, "flowstate.checkpoint.age")).isBetween(0.0, 60.0);
            for (String phase : new String[] { "gate", "flush", "commit" }) {
                assertThat(timer(registry, "flowstate.checkpoint.phase", "phase", phase).count()).isOne();
            }
            assertThat(registry.get("flowstate.checkpoint.size").tag("store", "default").summary().totalAmount())
                .isEqualTo((double) size);
            await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(value(registry, "flowstate.disk.free")).isPositive());

            context.stop();
            assertThat(value(registry, "flowstate.open")).isZero();
            assertThat(value(registry, "flowstate.states")).isEqualTo(2);
        });
    }

    /** Else a registry such as that of Prometheus refuses one of the two. */
    @Test
    void thePageCacheHasTheMetersOfTheCachesOfAnApplication() {
        this.contexts.run((context) -> {
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            CaffeineCacheMetrics.monitor(registry, Caffeine.newBuilder().recordStats().build(), "users",
                    "cache.manager", "cacheManager", "name", "users");
            Map<String, Object> users = cacheMeters(registry, "users");
            AtomicLong hour = new AtomicLong(); // so nothing is fresh
            new FlowStateMetrics(List.of(context.getBean(Store.class)), context.getBean(DiskSpace.class),
                    Clock.systemUTC(), () -> hour.addAndGet(Duration.ofHours(1).toNanos()))
                .bindTo(registry);
            SortedMapState<Integer, String> sorted = context.getBean(StateManager.class)
                .scope("test")
                .sortedMap("sorted", Serializers.int32(), Serializers.string());
            sorted.put(1, "one");

            assertThat(sorted.get(1)).isEqualTo("one");
            Map<String, Object> pages = cacheMeters(registry, "default");
            assertThat(pages).hasSize(4);
            assertThat(users).containsAllEntriesOf(pages);
            assertThat(
                    registry.get("cache.gets").tag("cache", "default").tag("result", "hit").functionCounter().count())
                .isPositive();
            assertThat(registry.get("cache.size").tag("cache", "default").gauge().value()).isPositive();
        });
    }

    private static Map<String, Object> cacheMeters(MeterRegistry registry, String cache) {
        Map<String, Object> meters = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            Meter.Id id = meter.getId();
            if (cache.equals(id.getTag("cache"))) {
                meters.put(id.getName() + id.getTag("result"), id.getType() + " " + id.getBaseUnit() + " "
                        + id.getTags().stream().map(Tag::getKey).sorted().toList());
            }
        }
        return meters;
    }

    @Test
    void checkpointsAndRecoveryAreObserved() {
        ObservationRegistry observations = ObservationRegistry.create();
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(registry));
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));

        this.contexts.withBean(ObservationRegistry.class, () -> observations)
            .withBean(io.flowstate.storage.CheckpointManager.class, () -> checkpoints)
            .run((context) -> {
                assertThat(timer(registry, "flowstate.recovery", "error", "none").count()).isOne();
                StateManager state = context.getBean(StateManager.class);
                state.checkpoint();
                state.checkpointAsync().get();
                checkpoints.failCommits(true);
                state.scope("test").counters("hits", Serializers.string()).add("a", 1);
                assertThatException().isThrownBy(state::checkpoint);
                checkpoints.failCommits(false);

                assertThat(timer(registry, "flowstate.checkpoint", "error", "none").count()).isEqualTo(2);
                assertThat(timer(registry, "flowstate.checkpoint", "error", "CheckpointFailedException").count())
                    .isOne();
            });
    }

    @Test
    void withoutARegistryOrMicrometerThereAreNoMeters() {
        this.contexts.run((context) -> assertThat(context).hasSingleBean(StateManager.class)
            .doesNotHaveBean(FlowStateMetrics.class)
            .doesNotHaveBean(ObservedStore.class));
        this.contexts.withClassLoader(new FilteredClassLoader("io.micrometer"))
            .run((context) -> assertThat(context).hasSingleBean(StateManager.class)
                .doesNotHaveBean("flowstateMetrics"));
    }

    private static double value(MeterRegistry registry, String name, String... tags) {
        Meter meter = registry.get(name).tag("store", "default").tags(tags).meter();
        return meter.measure().iterator().next().getValue();
    }

    private static Timer timer(MeterRegistry registry, String name, String... tags) {
        return registry.get(name).tag("store", "default").tags(tags).timer();
    }

}
