package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.StateLockedException;
import io.flowstate.storage.Storage;
import io.flowstate.storage.StorageFullException;
import io.flowstate.testing.FaultyFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** Tests {@link FlowStateHealthAutoConfiguration}. */
class FlowStateHealthAutoConfigurationTests {

    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private ApplicationContextRunner contexts;

    @BeforeEach
    void setUp() {
        this.contexts = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(FlowStateAutoConfiguration.class, FlowStateHealthAutoConfiguration.class,
                            HealthContributorAutoConfiguration.class, HealthContributorRegistryAutoConfiguration.class))
            .withPropertyValues("flowstate.log-dir=" + this.directory.resolve("log"),
                    "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"));
    }

    @Test
    void aNewStoreIsUpWithoutACheckpoint() {
        this.contexts.run((context) -> {
            await().atMost(LONG).until(() -> health(context).getDetails().containsKey("diskFreeBytes"));
            Health health = health(context);

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).containsOnlyKeys("state", "lock", "diskFreeBytes")
                .containsEntry("state", "OPEN")
                .containsEntry("lock", "held");
            assertThat((Long) health.getDetails().get("diskFreeBytes")).isPositive();
        });
    }

    @Test
    void versionAndAgeOfTheLastCheckpointAreShown() {
        this.contexts.run((context) -> {
            long version = context.getBean(StateManager.class).checkpoint().version();

            Health health = health(context);

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).containsEntry("checkpointVersion", version);
            assertThat(health.getDetails().get("checkpointAge")).asString().startsWith("PT");
        });
    }

    @Test
    void itIsDownFromTheThirdFailedCheckpointToTheNextGoodOne() {
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        this.contexts.withBean(CheckpointManager.class, () -> checkpoints)
            .withPropertyValues("flowstate.checkpoint.interval=0")
            .run((context) -> {
                StateManager state = context.getBean(StateManager.class);
                checkpoints.failCommits(true);
                fail(state);
                fail(state);

                Health twice = health(context);
                assertThat(twice.getStatus()).isEqualTo(Status.UP);
                assertThat(twice.getDetails()).containsKeys("lastError", "lastErrorAt")
                    .containsEntry("failedInARow", 2L);

                fail(state);
                assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);

                checkpoints.failCommits(false);
                state.checkpoint();
                assertThat(health(context).getStatus()).isEqualTo(Status.UP);
                assertThat(health(context).getDetails()).doesNotContainKey("lastError");
                checkpoints.failCommits(true);
                fail(state);
                assertThat(health(context).getStatus()).isEqualTo(Status.UP);
                checkpoints.failCommits(false);
            });
    }

    private static void fail(StateManager state) {
        state.scope("test").counters("hits", Serializers.string()).add("a", 1);
        assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(state::checkpoint);
    }

    @Test
    void theNumberOfFailuresIsASetting() {
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        this.contexts.withBean(CheckpointManager.class, () -> checkpoints)
            .withPropertyValues("flowstate.checkpoint.interval=0", "flowstate.health.failures=1")
            .run((context) -> {
                checkpoints.failCommits(true);
                fail(context.getBean(StateManager.class));

                assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
                checkpoints.failCommits(false);
            });
    }

    @Test
    void itIsDownOnceTheNewestCheckpointIsTooOldForTheSetting() {
        this.contexts.withPropertyValues("flowstate.checkpoint.interval=1h", "flowstate.health.checkpoint-age=4h")
            .run((context) -> {
                Instant opened = context.getBean(StateManager.class).stats().openedAt();
                assertThat(healthAt(context, opened.plus(Duration.ofHours(4))).getStatus()).isEqualTo(Status.UP);
                assertThat(healthAt(context, opened.plus(Duration.ofHours(5))).getStatus()).isEqualTo(Status.DOWN);

                Checkpoint checkpoint = context.getBean(StateManager.class).checkpoint();
                Instant late = checkpoint.completedAt().plus(Duration.ofHours(4));
                assertThat(healthAt(context, late).getStatus()).isEqualTo(Status.UP);
                assertThat(healthAt(context, late.plusMillis(1)).getStatus()).isEqualTo(Status.DOWN);
                assertThat(healthAt(context, late.plusMillis(1)).getDetails()).containsEntry("checkpointAgeLimit",
                        "PT4H");
            });
    }

    @Test
    void threeIntervalsAreNeverTooOldAndWithoutAnIntervalNothingIs() {
        this.contexts.withPropertyValues("flowstate.checkpoint.interval=1h", "flowstate.health.checkpoint-age=1s")
            .run((context) -> assertThat(context.getBean(FlowStateProperties.class).checkpointAgeLimit())
                .isEqualTo(Duration.ofHours(3)));
        this.contexts.withPropertyValues("flowstate.checkpoint.interval=0")
            .run((context) -> assertThat(healthAt(context, Instant.now().plus(Duration.ofDays(99))).getStatus())
                .isEqualTo(Status.UP));
    }

    private static Health healthAt(ApplicationContext context, Instant now) {
        return new FlowStateHealthIndicator(context.getBean(Store.class), context.getBean(DiskSpace.class),
                Clock.fixed(now, ZoneOffset.UTC))
            .health(true);
    }

    @Test
    void itAnswersWhileTheStorageIsBlocked() {
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        this.contexts.withBean(CheckpointManager.class, () -> checkpoints).run((context) -> {
            StateManager state = context.getBean(StateManager.class);
            long version = state.checkpoint().version();
            state.scope("test").counters("hits", Serializers.string()).add("a", 1);
            CountDownLatch held = checkpoints.holdCommits();
            CompletableFuture<Checkpoint> blocked = state.checkpointAsync();

            Health health = health(context);

            assertThat(blocked).isNotDone();
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).containsEntry("checkpointVersion", version);
            held.countDown();
            assertThat(blocked).succeedsWithin(LONG);
        });
    }

    @Test
    void itIsDownWhileTheLogCannotBeFlushedThoughCheckpointsSucceed() {
        FaultyFiles files = new FaultyFiles(LocalFiles.system());
        this.contexts
            .withBean(LogDeviceFactory.class, () -> LogDeviceFactory.temporary(this.directory.resolve("run"), files))
            .withPropertyValues("flowstate.storage=temporary", "flowstate.page-size=64KB",
                    "flowstate.memory-size=256KB", "flowstate.segment-size=64KB")
            .run((context) -> {
                StateManager state = context.getBean(StateManager.class);
                MapState<Integer, String> texts = state.scope("test")
                    .map("texts", Serializers.int32(), Serializers.string());
                files.limitRoom(0);
                assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> fill(texts));
                state.checkpoint();

                long calls = files.callsOfThisThread();
                Health down = health(context);
                assertThat(down.getStatus()).isEqualTo(Status.DOWN);
                assertThat(down.getDetails().get("deviceError")).asString()
                    .startsWith(StorageFullException.class.getName())
                    .contains(this.directory.toString())
                    .contains("make room on the medium");
                assertThat(files.callsOfThisThread()).isEqualTo(calls);

                files.heal();
                fill(texts);
                assertThat(health(context).getStatus()).isEqualTo(Status.UP);
            });
    }

    private static void fill(MapState<Integer, String> texts) {
        for (int i = 0; i < 20; i++) {
            texts.put(i, "x".repeat(40_000));
        }
    }

    @Test
    void itIsOutOfServiceDuringRecoveryAndUpAfterIt() {
        CountDownLatch held = new CountDownLatch(1);
        LogDeviceFactory local = LogDeviceFactory.local(this.directory.resolve("log"));
        LogDeviceFactory opening = (owner) -> {
            try {
                held.await();
            }
            catch (InterruptedException ex) {
                throw new IllegalStateException(ex);
            }
            return local.open(owner);
        };
        this.contexts.withBean(LogDeviceFactory.class, () -> opening)
            .withPropertyValues("flowstate.recovery=background")
            .run((context) -> {
                Health recovering = health(context);
                assertThat(recovering.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
                assertThat(recovering.getDetails()).containsEntry("state", "RECOVERING")
                    .containsKeys("recoveredBytes", "bytesToRecover");

                held.countDown();

                await().atMost(LONG).until(() -> health(context).getStatus().equals(Status.UP));
            });
    }

    @Test
    void itIsDownIfRecoveryFailed() {
        try (StateManager other = StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .build())) {
            this.contexts.withPropertyValues("flowstate.recovery=background").run((context) -> {
                await().atMost(LONG).until(() -> health(context).getStatus().equals(Status.DOWN));
                assertThat(health(context).getDetails()).containsEntry("state", "FAILED");
                assertThat(health(context).getDetails().get("recoveryError")).asString()
                    .contains(StateLockedException.class.getSimpleName());
            });
            assertThat(other.checkpoint().version()).isPositive();
        }
    }

    @Test
    void itIsDownOnceTheContextHasStopped() {
        this.contexts.run((context) -> {
            context.stop();
            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
            assertThat(health(context).getDetails()).containsEntry("state", "CLOSED");

            context.start();
            assertThat(health(context).getStatus()).isEqualTo(Status.UP);
        });
    }

    @Test
    void itCanBeSwitchedOff() {
        this.contexts.withPropertyValues("management.health.flowstate.enabled=false")
            .run((context) -> assertThat(context).hasSingleBean(StateManager.class)
                .doesNotHaveBean("flowstateHealthContributor"));
    }

    private static Health health(ApplicationContext context) {
        HealthIndicator indicator = (HealthIndicator) context.getBean(HealthContributorRegistry.class)
            .getContributor("flowstate");
        assertThat(indicator).isNotNull();
        return indicator.health(true);
    }

}
