package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
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

/** Tests {@link FlowStateHealthAutoConfiguration}. */
class FlowStateHealthAutoConfigurationTests {

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
            Health health = health(context);
            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).isEmpty();
        });
    }

    @Test
    void versionAndAgeOfTheLastCheckpointAreShown() {
        this.contexts.run((context) -> {
            long version = context.getBean(StateManager.class).checkpoint().version();

            Health health = health(context);

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).containsOnlyKeys("checkpointVersion", "checkpointAge")
                .containsEntry("checkpointVersion", version);
            assertThat(health.getDetails().get("checkpointAge")).asString().startsWith("PT");
        });
    }

    @Test
    void itIsDownFromAFailedCheckpointToTheNextGoodOne() {
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        this.contexts.withBean(CheckpointManager.class, () -> checkpoints).run((context) -> {
            StateManager state = context.getBean(StateManager.class);
            state.scope("test").counters("hits", Serializers.string()).add("a", 1);
            checkpoints.failCommits(true);
            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(state::checkpoint);

            Health down = health(context);
            assertThat(down.getStatus()).isEqualTo(Status.DOWN);
            assertThat(down.getDetails()).containsKeys("lastError", "lastErrorAt");

            checkpoints.failCommits(false);
            state.checkpoint();
            assertThat(health(context).getStatus()).isEqualTo(Status.UP);
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
                assertThat(down.getDetails()).containsOnlyKeys("checkpointVersion", "checkpointAge", "deviceError");
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
    void itIsDownOnceTheStoreIsClosed() {
        this.contexts.withPropertyValues("flowstate.checkpoint.on-shutdown=false").run((context) -> {
            context.getBean(StateManager.class).close();

            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
        });
    }

    @Test
    void itCanBeSwitchedOff() {
        this.contexts.withPropertyValues("management.health.flowstate.enabled=false")
            .run((context) -> assertThat(context).hasSingleBean(StateManager.class)
                .doesNotHaveBean("flowstateHealthIndicator"));
    }

    private static Health health(ApplicationContext context) {
        HealthIndicator indicator = (HealthIndicator) context.getBean(HealthContributorRegistry.class)
            .getContributor("flowstate");
        assertThat(indicator).isNotNull();
        return indicator.health(true);
    }

}
