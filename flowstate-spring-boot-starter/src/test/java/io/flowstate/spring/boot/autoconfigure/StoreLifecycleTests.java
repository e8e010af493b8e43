package io.flowstate.spring.boot.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.spring.boot.CheckpointCompleted;
import io.flowstate.spring.boot.CheckpointFailed;
import io.flowstate.spring.boot.RecoveryProgress;
import io.flowstate.spring.boot.store.StoreObserver;
import io.flowstate.state.AppendState;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.ValueState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.StateLockedException;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/** Tests {@link StoreLifecycle} and what is injected, through stops and starts. */
@ExtendWith(OutputCaptureExtension.class)
class StoreLifecycleTests {

    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private final CountDownLatch opening = new CountDownLatch(1); // done when a store has
                                                                  // locked its
                                                                  // checkpoints

    private ApplicationContextRunner contexts;

    @BeforeEach
    void setUp() {
        this.contexts = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(FlowStateAutoConfiguration.class,
                    ApplicationAvailabilityAutoConfiguration.class))
            .withBean(Events.class)
            .withPropertyValues("flowstate.log-dir=" + this.directory.resolve("log"),
                    "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"),
                    "flowstate.temporary-dir=" + this.directory.resolve("temp"), "flowstate.checkpoint.interval=0");
    }

    @Test
    void handlesOfEveryKindGoOnAfterAStopAndAStart() {
        this.contexts.run((context) -> {
            StateScope scope = context.getBean(StateManager.class).scope("test").scope("inner");
            MapState<String, Long> map = scope.map("map", Serializers.string(), Serializers.int64());
            CounterState<String> counters = scope.counters("counters", Serializers.string());
            ValueState<String> value = scope.value("value", Serializers.string());
            SortedMapState<Integer, String> sorted = scope.sortedMap("sorted", Serializers.int32(),
                    Serializers.string());
            QueueState<String> queue = scope.queue("queue", Serializers.string());
            AppendState<Long, String> append = scope.append("append", Serializers.int64(), Serializers.string());
            QueueState<String> temporary = scope.temporaryQueue("temporary", Serializers.string());
            map.put("a", 1L);
            counters.add("a", 2);
            value.set("blue");
            sorted.put(3, "three");
            queue.addLast("first");
            append.append(4L, "four");
            temporary.addLast("gone");

            context.stop();
            assertThatIllegalStateException().isThrownBy(() -> map.get("a")).withMessageContaining("has stopped");
            assertThatIllegalStateException().isThrownBy(() -> scope.exists("map"));
            context.start();

            assertThat(map.get("a")).isEqualTo(1);
            assertThat(counters.add("a", 1)).isEqualTo(3);
            assertThat(value.get()).isEqualTo("blue");
            assertThat(sorted.firstEntry()).isEqualTo(Map.entry(3, "three"));
            assertThat(queue.pollFirst()).isEqualTo("first");
            assertThat(append.last()).isEqualTo(Map.entry(4L, "four"));
            assertThat(temporary.isEmpty()).isTrue();
            assertThat(scope.exists("map")).isTrue();
        });
    }

    @Test
    void aStoppedContextHasGivenTheDirectoriesFree() {
        this.contexts.run((context) -> {
            hits(context).add("a", 1);
            assertThatExceptionOfType(StateLockedException.class).isThrownBy(this::openElsewhere);

            context.stop();
            StateManager elsewhere = openElsewhere();
            assertThat(hits(elsewhere.scope("test")).get("a")).isEqualTo(1);
            assertThatException().isThrownBy(context::start).withCauseInstanceOf(StateLockedException.class);
            elsewhere.close();
            context.start();

            assertThat(hits(context).get("a")).isEqualTo(1);
        });

        openElsewhere().close();
    }

    @Test
    void shutdownIsBoundedThoughACommitHangsAndTheRestartWaitsForIt(CapturedOutput output) {
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        this.contexts.withBean(CheckpointManager.class, () -> checkpoints)
            .withPropertyValues("flowstate.checkpoint.shutdown-timeout=100ms")
            .run((context) -> {
                CounterState<String> hits = hits(context);
                long good = context.getBean(StateManager.class).checkpoint().version();
                hits.add("a", 1);
                CountDownLatch held = checkpoints.holdCommits();

                context.stop();

                assertThat(output).contains("Shutdown goes on without its checkpoint")
                    .contains("the last good checkpoint is " + good);
                assertThatIllegalStateException().isThrownBy(() -> hits.get("a"));
                CompletableFuture<Void> started = CompletableFuture.runAsync(context::start);
                assertThat(started).isNotDone();
                held.countDown();
                started.get(1, TimeUnit.MINUTES);
                assertThat(hits.get("a")).isEqualTo(1);
            });
    }

    @Test
    void closingTheContextIsBoundedToo() {
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        CountDownLatch[] held = new CountDownLatch[1];

        this.contexts.withBean(CheckpointManager.class, () -> checkpoints)
            .withPropertyValues("flowstate.checkpoint.shutdown-timeout=100ms")
            .run((context) -> {
                hits(context).add("a", 1);
                held[0] = checkpoints.holdCommits();
            });

        // here the context is closed, though the commit still hangs
        assertThat(held[0].getCount()).isOne();
        held[0].countDown();
        await().atMost(LONG).ignoreExceptions().untilAsserted(() -> openElsewhere().close());
    }

    @Test
    void inTheBackgroundTheContextStartsAndCallsWaitForRecovery() {
        this.contexts.run((context) -> hits(context).add("a", 1));
        CountDownLatch held = new CountDownLatch(1);

        this.contexts.withBean(LogDeviceFactory.class, () -> heldOpening(held))
            .withPropertyValues("flowstate.recovery=background")
            .run((context) -> {
                AvailabilityChangeEvent.publish(context, LivenessState.CORRECT);
                AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
                ApplicationAvailability availability = context.getBean(ApplicationAvailability.class);
                assertThat(availability.getReadinessState()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
                assertThat(availability.getLivenessState()).isEqualTo(LivenessState.CORRECT);
                CounterState<String> hits = hits(context);
                CompletableFuture<Long> count = CompletableFuture.supplyAsync(() -> hits.get("a"));
                assertThat(count).isNotDone();
                assertThat(context.getBean(Events.class).recovery).extracting(RecoveryProgress::phase)
                    .containsOnly(RecoveryProgress.Phase.RECOVERING);

                held.countDown();

                assertThat(count.get(1, TimeUnit.MINUTES)).isEqualTo(1);
                await().atMost(LONG).until(() -> availability.getReadinessState() == ReadinessState.ACCEPTING_TRAFFIC);
                assertThat(availability.getLivenessState()).isEqualTo(LivenessState.CORRECT);
                assertThat(context.getBean(Events.class).recovery).extracting(RecoveryProgress::phase)
                    .endsWith(RecoveryProgress.Phase.RECOVERED);
            });
    }

    @Test
    void inTheBackgroundCallsThrowWhyRecoveryFailed() {
        StateManager elsewhere = openElsewhere();
        this.contexts.withPropertyValues("flowstate.recovery=background").run((context) -> {
            AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
            CounterState<String> hits = hits(context);

            assertThatExceptionOfType(StateLockedException.class).isThrownBy(() -> hits.get("a"));
            ApplicationAvailability availability = context.getBean(ApplicationAvailability.class);
            assertThat(availability.getReadinessState()).isEqualTo(ReadinessState.REFUSING_TRAFFIC);

            context.stop();
            elsewhere.close();
            context.start();
            assertThat(hits.get("a")).isZero();
            await().atMost(LONG).until(() -> availability.getReadinessState() == ReadinessState.ACCEPTING_TRAFFIC);
        });
    }

    @Test
    void aStopDuringRecoveryEndsTheWaitAndTheStoreIsClosedOnceRecovered() {
        CountDownLatch held = new CountDownLatch(1);
        this.contexts.withBean(LogDeviceFactory.class, () -> heldOpening(held))
            .withPropertyValues("flowstate.recovery=background")
            .run((context) -> {
                CounterState<String> hits = hits(context);
                CompletableFuture<Long> count = CompletableFuture.supplyAsync(() -> hits.get("a"));
                assertThat(this.opening.await(1, TimeUnit.MINUTES)).isTrue();

                context.stop();

                assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> count.get(1, TimeUnit.MINUTES))
                    .withCauseInstanceOf(IllegalStateException.class);
                assertThatExceptionOfType(StateLockedException.class).isThrownBy(this::openElsewhere);
                held.countDown();
                context.start();
                assertThat(hits.get("a")).isZero();
            });
    }

    @Test
    void eventsTellOfCheckpointsWhoeverAsksForThem() {
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        this.contexts.withBean(CheckpointManager.class, () -> checkpoints).run((context) -> {
            StateManager state = context.getBean(StateManager.class);
            Events events = context.getBean(Events.class);
            assertThat(events.recovery).extracting(RecoveryProgress::phase)
                .containsExactly(RecoveryProgress.Phase.RECOVERED);

            long first = state.checkpoint().version();
            long second = state.checkpointAsync("more".getBytes(StandardCharsets.UTF_8)).get().version();
            assertThat(events.completed).extracting((event) -> event.checkpoint().version())
                .containsExactly(first, second);
            assertThat(events.completed).extracting(CheckpointCompleted::store).containsOnly("default");
            state.compact();
            long restored = state.restore(second).version();
            assertThat(events.completed).hasSize(4);
            assertThat(events.completed.get(3).checkpoint().version()).isEqualTo(restored);

            checkpoints.failCommits(true);
            hits(context).add("a", 1);
            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(state::checkpoint);
            assertThat(events.failed).singleElement()
                .satisfies((event) -> assertThat(event.error()).isInstanceOf(CheckpointFailedException.class));
            assertThatException().isThrownBy(() -> state.checkpointAsync().get());
            assertThat(events.failed).hasSize(2);
            assertThatException().isThrownBy(() -> state.update(state::checkpoint));
            assertThat(events.failed).hasSize(2);
            checkpoints.failCommits(false);
        });
    }

    @Test
    void aListenerThatThrowsFailsNoCheckpoint(CapturedOutput output) {
        this.contexts.withBean(Throwing.class).run((context) -> {
            assertThat(context.getBean(StateManager.class).checkpoint().version()).isPositive();

            assertThat(output).contains("A listener of CheckpointCompleted[").contains("the test throws this");
        });
    }

    @Test
    void anObserverThatThrowsFailsNoCheckpoint(CapturedOutput output) {
        StoreObserver throwing = (operation, store) -> (failure) -> {
            throw new IllegalStateException("the test throws this");
        };
        this.contexts.withBean(StoreObserver.class, () -> throwing).run((context) -> {
            StateManager state = context.getBean(StateManager.class);

            assertThat(state.checkpoint().version()).isOne();
            assertThat(state.checkpointAsync()).succeedsWithin(LONG);

            assertThat(output).contains("An observer of CHECKPOINT of the store default failed");
        });
    }

    private StateManager openElsewhere() {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .build());
    }

    private LogDeviceFactory heldOpening(CountDownLatch held) {
        LogDeviceFactory local = LogDeviceFactory.local(this.directory.resolve("log"));
        return (owner) -> {
            this.opening.countDown();
            try {
                held.await();
            }
            catch (InterruptedException ex) {
                throw new IllegalStateException(ex);
            }
            return local.open(owner);
        };
    }

    private static CounterState<String> hits(ApplicationContext context) {
        return hits(context.getBean(StateManager.class).scope("test"));
    }

    private static CounterState<String> hits(StateScope scope) {
        return scope.counters("hits", Serializers.string());
    }

    static final class Events {

        private final List<CheckpointCompleted> completed = new CopyOnWriteArrayList<>();

        private final List<CheckpointFailed> failed = new CopyOnWriteArrayList<>();

        private final List<RecoveryProgress> recovery = new CopyOnWriteArrayList<>();

        @EventListener
        void on(CheckpointCompleted event) {
            this.completed.add(event);
        }

        @EventListener
        void on(CheckpointFailed event) {
            this.failed.add(event);
        }

        @EventListener
        void on(RecoveryProgress event) {
            this.recovery.add(event);
        }

    }

    static final class Throwing {

        @EventListener
        void on(CheckpointCompleted event) {
            throw new IllegalStateException("the test throws this");
        }

    }

}
