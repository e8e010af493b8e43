package io.flowstate.spring.boot.autoconfigure;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerStats;
import io.flowstate.serialization.Serializers;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;

/** Tests {@link StoreMetrics}. */
class StoreMetricsTests {

    @TempDir
    private Path directory;

    private final AtomicInteger asked = new AtomicInteger();

    private final AtomicLong now = new AtomicLong();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private StoreMetrics metrics; // kept here, since a registry keeps no gauge alive

    private ApplicationContextRunner contexts() {
        return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(FlowStateAutoConfiguration.class))
            .withPropertyValues("flowstate.storage=temporary", "flowstate.checkpoint.interval=0",
                    "flowstate.temporary-dir=" + this.directory);
    }

    /** The meters of the store of a context, whose statistics are counted. */
    private StoreMetrics metrics(ApplicationContext context) {
        Store store = context.getBean(Store.class);
        StateManager counting = (StateManager) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { StateManager.class }, (proxy, method, arguments) -> {
                    if (method.getName().equals("stats")) {
                        this.asked.incrementAndGet();
                    }
                    try {
                        return method.invoke(store.stateManager(), arguments);
                    }
                    catch (InvocationTargetException ex) {
                        throw ex.getTargetException();
                    }
                });
        this.metrics = new StoreMetrics(new Store(store.name(), counting, store.checkpoints(), store.settings()),
                context.getBean(DiskSpace.class), Clock.systemUTC(), this.now::get);
        this.metrics.bindTo(this.registry);
        return this.metrics;
    }

    @Test
    void theMetersAskTheStoreOnceASecond() {
        contexts().run((context) -> {
            metrics(context);
            this.asked.set(0);

            passSeconds(1);
            readAll();
            readAll();
            assertThat(this.asked).hasValue(1);

            context.getBean(StateManager.class).scope("test").counters("hits", Serializers.string()).add("a", 1);
            passSeconds(1);
            readAll();
            assertThat(this.asked).hasValue(2);
            assertThat(this.registry.get("flowstate.states").gauge().value()).isOne();
        });
    }

    @Test
    void aCheckpointShowsAtOnce() {
        contexts().run((context) -> {
            StoreMetrics metrics = metrics(context);
            assertThat(this.registry.get("flowstate.checkpoint.completed").functionCounter().count()).isZero();

            metrics.completed(context.getBean(StateManager.class).checkpoint());

            assertThat(this.registry.get("flowstate.checkpoint.completed").functionCounter().count()).isOne();
        });
    }

    @Test
    void thePhasesOfACheckpointAreNotCountedForAnother() {
        contexts().run((context) -> {
            StoreMetrics metrics = metrics(context);
            StateManager state = context.getBean(StateManager.class);
            Checkpoint first = state.checkpoint();
            Checkpoint second = state.checkpoint();

            metrics.completed(first);
            assertThat(commits()).isOne();
            assertThat(this.registry.get("flowstate.checkpoint.phase")
                .tag("phase", "commit")
                .timer()
                .totalTime(NANOSECONDS)).isEqualTo((double) commit(state, first).toNanos());
            metrics.completed(second);
            metrics.completed(second);

            assertThat(commits()).isEqualTo(2);
            assertThat(this.registry.get("flowstate.checkpoint.size").summary().totalAmount())
                .isEqualTo((double) first.sizeBytes() + second.sizeBytes());
        });
    }

    @Test
    void aStoreThatIsOpenedAgainIsTimedFromItsFirstCheckpoint() {
        contexts().run((context) -> {
            StoreMetrics metrics = metrics(context);
            StateManager state = context.getBean(StateManager.class);
            state.checkpoint();
            metrics.completed(state.checkpoint());

            context.stop();
            context.start();
            Checkpoint afterwards = state.checkpoint();
            assertThat(afterwards.version()).isOne(); // nothing of the run before is left
            metrics.completed(afterwards);

            assertThat(commits()).isEqualTo(2);
        });
    }

    private static Duration commit(StateManager state, Checkpoint checkpoint) {
        return state.stats()
            .checkpoints()
            .recent()
            .stream()
            .filter((phases) -> phases.version() == checkpoint.version())
            .map(StateManagerStats.Phases::commit)
            .findFirst()
            .orElseThrow();
    }

    private void readAll() {
        this.registry.getMeters().forEach((meter) -> meter.measure().forEach(Measurement::getValue));
    }

    private long commits() {
        return this.registry.get("flowstate.checkpoint.phase").tag("phase", "commit").timer().count();
    }

    private void passSeconds(long seconds) {
        this.now.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

}
