package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.StateManagerOptions.OnUnreadableCheckpoint;
import io.flowstate.compression.Compression;
import io.flowstate.serialization.Serializers;
import io.flowstate.spring.boot.StateManagerOptionsCustomizer;
import io.flowstate.state.CounterState;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.util.FileSystemUtils;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests {@link FlowStateAutoConfiguration}. */
class FlowStateAutoConfigurationTests {

    @TempDir
    private Path directory;

    private ApplicationContextRunner withoutSettings;

    private ApplicationContextRunner contexts;

    @BeforeEach
    void setUp() {
        this.withoutSettings = new ApplicationContextRunner().withConfiguration(
                AutoConfigurations.of(FlowStateAutoConfiguration.class, FlowStateHealthAutoConfiguration.class));
        this.contexts = this.withoutSettings.withPropertyValues("flowstate.log-dir=" + this.directory.resolve("log"),
                "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"));
    }

    @Test
    void withoutSettingsTheStateIsUnderDataFlowstateAndTheNextStartFindsIt() throws IOException {
        FileSystemUtils.deleteRecursively(Path.of("data"));

        this.withoutSettings.run((context) -> hits(context).add("a", 3));

        assertThat(Path.of("data/flowstate/log")).isNotEmptyDirectory();
        assertThat(Path.of("data/flowstate/checkpoints")).isNotEmptyDirectory();
        this.withoutSettings.run((context) -> assertThat(hits(context).get("a")).isEqualTo(3));
    }

    @Test
    void theDefaultsAreThoseOfTheBuilder() {
        this.contexts.run((context) -> {
            StateManagerOptions expected = StateManagerOptions.builder()
                .persistentStorage(context.getBean(Storage.class))
                .build();
            StateManagerOptions options = context.getBean(StateManagerOptions.class);
            assertThat(options).usingRecursiveComparison()
                .ignoringFields("persistentStorage", "temporaryDirectory")
                .isEqualTo(expected);
            // Spring leaves out the dot at its beginning.
            assertThat(options.temporaryDirectory()).isEqualTo(expected.temporaryDirectory().normalize());
            FlowStateProperties.Checkpoint checkpoint = context.getBean(FlowStateProperties.class).checkpoint();
            assertThat(checkpoint.interval()).isEqualTo(Duration.ofSeconds(10));
            assertThat(checkpoint.onShutdown()).isTrue();
            assertThat(checkpoint.shutdownTimeout()).isEqualTo(Duration.ofSeconds(20));
        });
    }

    @Test
    void everySettingReachesTheOptions() {
        this.contexts
            .withPropertyValues("flowstate.memory-size=8MB", "flowstate.page-size=1MB", "flowstate.segment-size=4MB",
                    "flowstate.index-memory=16MB", "flowstate.device-timeout=7s",
                    "flowstate.on-unreadable-checkpoint=use-previous", "flowstate.checkpoint.keep=5",
                    "flowstate.checkpoint.gate-pause=20ms", "flowstate.checkpoint.gate-timeout=3s",
                    "flowstate.checkpoint.timeout=9s", "flowstate.checkpoint.metadata-limit=2KB",
                    "flowstate.cache-page-count=77", "flowstate.cache-memory=3MB", "flowstate.state-page-size=8KB",
                    "flowstate.compression=zlib", "flowstate.temporary-dir=" + this.directory.resolve("temp"),
                    "flowstate.temporary-size-limit=5MB", "flowstate.read-cache=true")
            .run((context) -> {
                StateManagerOptions options = context.getBean(StateManagerOptions.class);
                assertThat(options.memorySize()).isEqualTo(DataSize.ofMegabytes(8).toBytes());
                assertThat(options.pageSize()).isEqualTo(1 << 20);
                assertThat(options.segmentSize()).isEqualTo(4 << 20);
                assertThat(options.indexMemory()).isEqualTo(16 << 20);
                assertThat(options.deviceTimeout()).isEqualTo(Duration.ofSeconds(7));
                assertThat(options.onUnreadableCheckpoint()).isEqualTo(OnUnreadableCheckpoint.USE_PREVIOUS);
                assertThat(options.checkpointsToKeep()).isEqualTo(5);
                assertThat(options.checkpointGatePause()).isEqualTo(Duration.ofMillis(20));
                assertThat(options.checkpointGateTimeout()).isEqualTo(Duration.ofSeconds(3));
                assertThat(options.checkpointTimeout()).isEqualTo(Duration.ofSeconds(9));
                assertThat(options.checkpointMetadataLimit()).isEqualTo(2 << 10);
                assertThat(options.cachePageCount()).isEqualTo(77);
                assertThat(options.cacheMemory()).isEqualTo(3 << 20);
                assertThat(options.statePageSize()).isEqualTo(8 << 10);
                assertThat(options.compression()).isSameAs(Compression.zlib());
                assertThat(options.temporaryDirectory()).isEqualTo(this.directory.resolve("temp"));
                assertThat(options.temporarySizeLimit()).isEqualTo(5 << 20);
                assertThat(options.readCache()).isTrue();
                assertThat(this.directory.resolve("log")).isNotEmptyDirectory();
                assertThat(this.directory.resolve("checkpoints")).isNotEmptyDirectory();
            });
    }

    @Test
    void theClassicConfigurationFits() {
        this.contexts
            .withPropertyValues("flowstate.memory-size=64MB", "flowstate.page-size=16MB", "flowstate.index-memory=16MB",
                    "flowstate.cache-page-count=10000", "flowstate.temporary-dir=" + this.directory.resolve("temp"),
                    "flowstate.compression=zlib")
            .run((context) -> assertThat(context).hasSingleBean(StateManager.class));
    }

    @Test
    void aCompressionOfTheApplicationIsChosenByItsId() {
        Compression own = Compression.of("my-zlib", DeflaterOutputStream::new, InflaterInputStream::new);
        ApplicationContextRunner ownContexts = this.contexts.withBean("own", Compression.class, () -> own)
            .withBean("other", Compression.class,
                    () -> Compression.of("other", DeflaterOutputStream::new, InflaterInputStream::new));

        ownContexts.withPropertyValues("flowstate.compression=my-zlib")
            .run((context) -> assertThat(context.getBean(StateManagerOptions.class).compression()).isSameAs(own));
        ownContexts.run((context) -> assertThat(context.getBean(StateManagerOptions.class).compression())
            .isSameAs(Compression.none()));
    }

    @Test
    void twoCompressionsOfOneIdAreRefused() {
        this.contexts.withPropertyValues("flowstate.compression=mine")
            .withBean("one", Compression.class,
                    () -> Compression.of("mine", DeflaterOutputStream::new, InflaterInputStream::new))
            .withBean("other", Compression.class,
                    () -> Compression.of("mine", DeflaterOutputStream::new, InflaterInputStream::new))
            .run((context) -> assertThat(context).getFailure()
                .rootCause()
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessage("compression is mine, but there are 2 Compression beans of that id"));
    }

    @Test
    void temporaryStorageLiesInItsDirectoryAndIsNotFoundAgain() {
        Path temporary = this.directory.resolve("temporary files");
        ApplicationContextRunner temporaryContexts = this.contexts.withPropertyValues("flowstate.storage=temporary",
                "flowstate.temporary-dir=" + temporary);

        temporaryContexts.run((context) -> {
            hits(context).add("a", 1);
            context.getBean(StateManager.class).checkpoint();
            assertThat(temporary).isNotEmptyDirectory();
        });

        temporaryContexts.run((context) -> assertThat(hits(context).get("a")).isZero());
        assertThat(this.directory.resolve("log")).doesNotExist();
    }

    @Test
    void theApplicationsLogDeviceFactoryIsUsed() {
        List<String> owners = new CopyOnWriteArrayList<>();
        LogDeviceFactory local = LogDeviceFactory.local(this.directory.resolve("elsewhere"));
        LogDeviceFactory own = (owner) -> {
            owners.add(owner);
            return local.open(owner);
        };

        this.contexts.withBean(LogDeviceFactory.class, () -> own).run((context) -> {
            assertThat(context).getBean(LogDeviceFactory.class).isSameAs(own);
            assertThat(owners).hasSize(1);
            hits(context).add("a", 1);
        });
    }

    @Test
    void theApplicationsCheckpointManagerIsUsed() {
        CheckpointManager own = new FaultyCheckpointManager(this.directory.resolve("elsewhere"));

        this.contexts.withBean(CheckpointManager.class, () -> own).run((context) -> {
            assertThat(context).getBean(CheckpointManager.class).isSameAs(own);
            assertThat(context.getBean(Storage.class).checkpointManager()).isSameAs(own);
            assertThat(this.directory.resolve("elsewhere")).isNotEmptyDirectory();
        });
    }

    @Test
    void theApplicationsStorageIsUsed() {
        Storage own = Storage.local(this.directory.resolve("my log"), this.directory.resolve("my checkpoints"));

        this.contexts.withBean(Storage.class, () -> own).run((context) -> {
            assertThat(context.getBean(StateManagerOptions.class).persistentStorage()).isSameAs(own);
            assertThat(this.directory.resolve("my log")).isNotEmptyDirectory();
            assertThat(this.directory.resolve("log")).doesNotExist();
        });
    }

    @Test
    void theApplicationsOptionsAreUsed() {
        StateManagerOptions own = StateManagerOptions.builder()
            .persistentStorage(
                    Storage.local(this.directory.resolve("my log"), this.directory.resolve("my checkpoints")))
            .build();

        this.contexts.withBean(StateManagerOptions.class, () -> own).run((context) -> {
            assertThat(context).getBean(StateManagerOptions.class).isSameAs(own);
            assertThat(this.directory.resolve("my log")).isNotEmptyDirectory();
        });
    }

    @Test
    void theApplicationsStateManagerIsUsedAndItsCheckpointsAreTaken() {
        Storage storage = Storage.local(this.directory.resolve("my log"), this.directory.resolve("my checkpoints"));
        ApplicationContextRunner ownContexts = this.contexts.withBean("ownStateManager", StateManager.class,
                () -> StateManager.open(StateManagerOptions.builder().persistentStorage(storage).build()));

        ownContexts.run((context) -> {
            assertThat(context).hasSingleBean(StateManager.class).hasBean("ownStateManager");
            hits(context).add("a", 1);
        });

        ownContexts.run((context) -> assertThat(hits(context).get("a")).isEqualTo(1));
    }

    @Test
    void disabledItLeavesNoBean() {
        Set<Thread> before = Thread.getAllStackTraces().keySet(); // of other tests
        this.contexts.withPropertyValues("flowstate.enabled=false").run((context) -> {
            assertThat(Arrays.stream(context.getBeanDefinitionNames())
                .filter((name) -> context.getBean(name).getClass().getName().startsWith("io.flowstate"))).isEmpty();
            assertThat(this.directory).isEmptyDirectory();
            assertThat(Thread.getAllStackTraces().keySet()).filteredOn((thread) -> !before.contains(thread))
                .extracting(Thread::getName)
                .noneMatch((name) -> name.startsWith("flowstate"));
        });
    }

    @Test
    void customizersChangeTheOptionsInTheirOrder() {
        this.contexts.withPropertyValues("flowstate.checkpoint.keep=5")
            .withBean("second", StateManagerOptionsCustomizer.class, () -> new OrderedCustomizer(2, 7))
            .withBean("first", StateManagerOptionsCustomizer.class, () -> new OrderedCustomizer(1, 9))
            .run((context) -> assertThat(context.getBean(StateManagerOptions.class).checkpointsToKeep()).isEqualTo(7));
    }

    @Test
    void aCustomizerThatDoesNotFitIsRefusedLikeASetting() {
        this.contexts.withBean(StateManagerOptionsCustomizer.class, () -> new OrderedCustomizer(1, -1))
            .run((context) -> assertThat(context).getFailure()
                .rootCause()
                .hasMessageContaining("checkpoint.keep must be"));
    }

    @Test
    void itWorksWithoutHealthOnTheClassPath() {
        this.contexts.withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
            .run((context) -> assertThat(context).hasSingleBean(StateManager.class)
                .doesNotHaveBean("flowstateHealthIndicator"));
    }

    @Test
    void whatCameBeforeTheEndIsInACheckpointUnlessToldOtherwise() {
        this.contexts.run((context) -> hits(context).add("a", 1));
        this.contexts.withPropertyValues("flowstate.checkpoint.on-shutdown=false").run((context) -> {
            assertThat(hits(context).get("a")).isEqualTo(1);
            hits(context).add("a", 1);
        });

        this.contexts.run((context) -> assertThat(hits(context).get("a")).isEqualTo(1));
    }

    @Test
    void aStoppedContextCanBeStartedAgain() {
        this.contexts.withPropertyValues("flowstate.checkpoint.interval=0").run((context) -> {
            StateManager state = context.getBean(StateManager.class);
            CounterState<String> hits = hits(context);
            hits.add("a", 1);

            context.stop();
            assertThatIllegalStateException().isThrownBy(() -> hits.add("a", 1));
            assertThatIllegalStateException().isThrownBy(state::lastCheckpoint);
            context.start();
            long version = state.lastCheckpoint().orElseThrow().version();
            hits.add("a", 1);
            context.stop();
            context.start();

            assertThat(state.lastCheckpoint().orElseThrow().version()).isGreaterThan(version);
        });

        this.contexts.run((context) -> assertThat(hits(context).get("a")).isEqualTo(2));
    }

    private record OrderedCustomizer(int order, int keep) implements StateManagerOptionsCustomizer, Ordered {

        @Override
        public void customize(StateManagerOptions.Builder builder, String store) {
            assertThat(store).isEqualTo("default");
            builder.checkpointsToKeep(this.keep);
        }

        @Override
        public int getOrder() {
            return this.order;
        }

    }

    private static CounterState<String> hits(ApplicationContext context) {
        return context.getBean(StateManager.class).scope("test").counters("hits", Serializers.string());
    }

}
