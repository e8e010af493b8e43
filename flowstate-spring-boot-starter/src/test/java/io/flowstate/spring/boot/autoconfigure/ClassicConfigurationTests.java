package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.compression.Compression;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the sizes which those who come from other libraries know (64 MiB of memory
 * in pages of 16 MiB, 10,000 pages cached) mean the same in YAML and by the builder: both
 * go on with one store in turn.
 */
class ClassicConfigurationTests {

    private static final String YAML = """
            flowstate:
              log-dir: BASE/log
              checkpoint-dir: BASE/checkpoints
              cache-page-count: 10000
              memory-size: 64MB
              page-size: 16MB
              temporary-dir: BASE/temp
              compression: zlib
              checkpoint:
                interval: 0
                on-shutdown: false
            """;

    private static final int ENTRIES = 3_000;

    @TempDir
    private Path base;

    private StateManagerOptions built() {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.base.resolve("log"), this.base.resolve("checkpoints")))
            .cachePageCount(10_000)
            .memorySize(64L << 20)
            .pageSize(16 << 20)
            .temporaryDirectory(this.base.resolve("temp"))
            .compression(Compression.zlib())
            .build();
    }

    private ApplicationContextRunner configured() throws IOException {
        String yaml = YAML.replace("BASE", this.base.toString().replace('\\', '/'));
        var sources = new YamlPropertySourceLoader().load("classic",
                new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)));
        return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(FlowStateAutoConfiguration.class))
            .withInitializer((context) -> sources.forEach(context.getEnvironment().getPropertySources()::addFirst));
    }

    @Test
    void theBuilderAndYamlGoOnWithOneStoreInTurn() throws Exception {
        for (int turn = 0; turn < 6; turn += 2) {
            try (StateManager manager = StateManager.open(built())) {
                work(manager, turn);
            }
            int next = turn + 1;
            configured().run((context) -> {
                assertThat(context).hasNotFailed();
                StateManagerOptions options = context.getBean(StateManagerOptions.class);
                assertThat(options.cachePageCount()).isEqualTo(built().cachePageCount());
                assertThat(options.memorySize()).isEqualTo(built().memorySize());
                assertThat(options.pageSize()).isEqualTo(built().pageSize());
                assertThat(options.temporaryDirectory()).isEqualTo(built().temporaryDirectory());
                assertThat(options.compression().id()).isEqualTo("zlib");
                work(context.getBean(StateManager.class), next);
            });
        }
    }

    /** Checks what the turn before has left, and changes all of it. */
    private void work(StateManager manager, int turn) {
        SortedMapState<Integer, String> sorted = manager.scope("classic")
            .sortedMap("sorted", Serializers.int32(), Serializers.string());
        QueueState<String> queue = manager.scope("classic").queue("queue", Serializers.string());
        CounterState<String> counters = manager.scope("classic").counters("counters", Serializers.string());
        assertThat(manager.lastCheckpoint().map(Checkpoint::version).isPresent()).isEqualTo(turn > 0);
        assertThat(counters.get("turns")).isEqualTo(turn);
        assertThat(manager.stats().memory().logLimit()).isEqualTo(64L << 20);
        for (int key = 0; key < ENTRIES; key++) {
            assertThat(sorted.get(key)).isEqualTo((turn > 0) ? text(key, turn - 1) : null);
            assertThat(queue.pollFirst()).isEqualTo((turn > 0) ? text(key, turn - 1) : null);
        }
        for (int key = 0; key < ENTRIES; key++) {
            sorted.put(key, text(key, turn));
            queue.addLast(text(key, turn));
        }
        counters.add("turns", 1);
        manager.checkpoint();
        queue.clear(); // after the checkpoint: to be back
    }

    private static String text(int key, int turn) {
        return "value of " + key + " in turn " + turn + ", " + "and so on ".repeat(key % 30);
    }

}
