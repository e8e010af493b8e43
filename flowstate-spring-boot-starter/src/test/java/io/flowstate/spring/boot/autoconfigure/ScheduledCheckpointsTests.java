package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests {@link ScheduledCheckpoints} on a thread whose time the test moves. */
@ExtendWith(OutputCaptureExtension.class)
class ScheduledCheckpointsTests {

    private static final Duration INTERVAL = Duration.ofSeconds(3);

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path directory;

    private FaultyCheckpointManager checkpointManager;

    private StateManager state;

    private CounterState<String> hits;

    private final List<HandDrivenThread> threads = new ArrayList<>();

    @BeforeEach
    void open() {
        this.checkpointManager = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        Storage storage = Storage.of(LogDeviceFactory.local(this.directory.resolve("log")), this.checkpointManager);
        this.state = StateManager.open(StateManagerOptions.builder().persistentStorage(storage).build());
        this.hits = this.state.scope("test").counters("hits", Serializers.string());
    }

    @AfterEach
    void close() {
        this.state.close();
    }

    @Test
    void aCheckpointIsTakenAtEachInterval() throws Exception {
        ScheduledCheckpoints checkpoints = checkpoints(INTERVAL, true, Duration.ofSeconds(20));

        checkpoints.start();
        assertThat(this.state.lastCheckpoint()).isEmpty();
        assertThat(thread().delay).isEqualTo(INTERVAL);
        this.hits.add("a", 1);
        thread().passInterval();

        long first = lastVersion();
        this.hits.add("a", 1);
        thread().passInterval();
        assertThat(lastVersion()).isGreaterThan(first);
        checkpoints.stop();
    }

    @Test
    void withoutAnIntervalOnlyTheLastCheckpointIsTaken() {
        ScheduledCheckpoints checkpoints = checkpoints(Duration.ZERO, true, Duration.ofSeconds(20));

        checkpoints.start();
        assertThat(thread().delay).isNull();
        this.hits.add("a", 1);
        checkpoints.stop();

        assertThat(this.state.lastCheckpoint()).isPresent();
    }

    @Test
    void noCheckpointIsTakenAtShutdownIfItIsNotWanted() {
        ScheduledCheckpoints checkpoints = checkpoints(INTERVAL, false, Duration.ofSeconds(20));

        checkpoints.start();
        checkpoints.stop();

        assertThat(this.state.lastCheckpoint()).isEmpty();
        assertThat(thread().isTerminated()).isTrue();
    }

    @Test
    void itCanBeStartedAgain() throws Exception {
        ScheduledCheckpoints checkpoints = checkpoints(INTERVAL, true, Duration.ofSeconds(20));
        checkpoints.start();
        checkpoints.stop();
        checkpoints.stop();
        long version = lastVersion();

        checkpoints.start();
        checkpoints.start();
        this.hits.add("a", 1);
        thread().passInterval();

        assertThat(this.threads).hasSize(2);
        assertThat(lastVersion()).isGreaterThan(version);
        checkpoints.stop();
    }

    @Test
    void failuresAreKeptAndLoggedOncePerChange(CapturedOutput output) throws Exception {
        ScheduledCheckpoints checkpoints = checkpoints(INTERVAL, false, Duration.ofSeconds(20));
        checkpoints.start();
        this.hits.add("a", 1);
        this.checkpointManager.failCommits(true);

        thread().passInterval();
        thread().passInterval();
        thread().passInterval();

        assertThat(StringUtils.countOccurrencesOf(output.getAll(), "The checkpoint failed")).isEqualTo(1);
        assertThat(checkpoints.failure()).hasValueSatisfying((failure) -> {
            assertThat(failure.error()).isInstanceOf(CheckpointFailedException.class);
            assertThat(failure.at()).isEqualTo(NOW);
        });

        this.checkpointManager.failCommits(false);
        thread().passInterval();
        thread().passInterval();

        assertThat(checkpoints.failure()).isEmpty();
        assertThat(StringUtils.countOccurrencesOf(output.getAll(), "Checkpoints succeed again")).isEqualTo(1);
        checkpoints.stop();
    }

    @Test
    void aFailureAtShutdownNamesTheLastGoodCheckpoint(CapturedOutput output) {
        ScheduledCheckpoints checkpoints = checkpoints(INTERVAL, true, Duration.ofSeconds(20));
        checkpoints.start();
        long good = this.state.checkpoint().version();
        this.hits.add("a", 1);
        this.checkpointManager.failCommits(true);

        checkpoints.stop();

        assertThat(output).contains("The checkpoint at shutdown failed")
            .contains("the last good checkpoint is " + good + ", completed at ");
        this.checkpointManager.failCommits(false);
    }

    @Test
    void shutdownWaitsNoLongerThanItsTimeout(CapturedOutput output) {
        ScheduledCheckpoints checkpoints = checkpoints(INTERVAL, true, Duration.ofMillis(50));
        checkpoints.start();
        long good = this.state.checkpoint().version();
        this.hits.add("a", 1);
        CountDownLatch held = this.checkpointManager.holdCommits();

        assertThat(checkpoints.stop()).isFalse();

        assertThat(output).contains("Shutdown goes on without its checkpoint")
            .contains("50ms (flowstate.checkpoint.shutdown-timeout)")
            .contains("The state is closed in the background, which still waits for a checkpoint that is being"
                    + " written, at most 5m (flowstate.checkpoint.timeout).")
            .contains("A restart goes on from that checkpoint if it becomes durable, else from the last good one;"
                    + " the last good checkpoint is " + good + ", completed at ");
        held.countDown();
    }

    @Test
    void aStoreThatWasClosedIsReported(CapturedOutput output) throws Exception {
        ScheduledCheckpoints checkpoints = checkpoints(INTERVAL, true, Duration.ofSeconds(20));
        checkpoints.start();
        this.state.close();

        thread().passInterval();
        checkpoints.stop();

        assertThat(output).contains("The checkpoint failed")
            .contains("The checkpoint at shutdown failed; the state is closed already");
        assertThat(checkpoints.failure()).isPresent();
    }

    @Test
    void timesThatDoNotFitAreRefused() {
        assertThatExceptionOfType(InvalidSettingsException.class)
            .isThrownBy(() -> checkpoints(Duration.ofSeconds(-1), true, Duration.ofSeconds(20)))
            .withMessage("checkpoint.interval must be 1 ms to 365 days, or 0 for none, but was PT-1S");
        assertThatExceptionOfType(InvalidSettingsException.class)
            .isThrownBy(() -> checkpoints(INTERVAL, true, Duration.ZERO))
            .withMessage("checkpoint.shutdown-timeout must be 1 ms to 365 days, but was PT0S");
    }

    @Test
    void timesThatNoLongCanCountAreRefused() {
        Duration longest = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
        Duration shortest = Duration.ofSeconds(Long.MIN_VALUE);
        for (Duration time : List.of(Duration.ofDays(365).plusNanos(1), longest, Duration.ofNanos(1), shortest)) {
            assertThatExceptionOfType(InvalidSettingsException.class)
                .isThrownBy(() -> checkpoints(time, true, Duration.ofSeconds(20)))
                .withMessage("checkpoint.interval must be 1 ms to 365 days, or 0 for none, but was " + time);
            assertThatExceptionOfType(InvalidSettingsException.class)
                .isThrownBy(() -> checkpoints(INTERVAL, true, time))
                .withMessage("checkpoint.shutdown-timeout must be 1 ms to 365 days, but was " + time);
        }
    }

    @Test
    void theLongestTimesAreTaken() {
        ScheduledCheckpoints checkpoints = checkpoints(Duration.ofDays(365), true, Duration.ofDays(365));

        checkpoints.start();
        assertThat(thread().delay).isEqualTo(Duration.ofDays(365));
        checkpoints.stop();

        assertThat(this.state.lastCheckpoint()).isPresent();
    }

    private ScheduledCheckpoints checkpoints(Duration interval, boolean onShutdown, Duration shutdownTimeout) {
        FlowStateProperties.Checkpoint settings = new FlowStateProperties.Checkpoint(interval, 3, onShutdown,
                shutdownTimeout, Duration.ofMillis(100), Duration.ofSeconds(30), Duration.ofMinutes(5),
                DataSize.ofMegabytes(1));
        return new ScheduledCheckpoints("default", this.state, settings, () -> {
            this.threads.add(new HandDrivenThread());
            return thread();
        }, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private HandDrivenThread thread() {
        return this.threads.get(this.threads.size() - 1);
    }

    private long lastVersion() {
        return this.state.lastCheckpoint().orElseThrow().version();
    }

    /** A thread that runs what is scheduled on it when the test says so. */
    private static final class HandDrivenThread extends ScheduledThreadPoolExecutor {

        private Duration delay;

        private Runnable task;

        HandDrivenThread() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long initialDelay, long delay, TimeUnit unit) {
            assertThat(initialDelay).isEqualTo(delay);
            this.task = task;
            this.delay = Duration.of(delay, unit.toChronoUnit());
            return super.scheduleWithFixedDelay(task, Integer.MAX_VALUE, Integer.MAX_VALUE, TimeUnit.DAYS);
        }

        void passInterval() throws Exception {
            submit(this.task).get(1, TimeUnit.MINUTES);
        }

    }

}
