package io.flowstate;

import java.nio.file.Path;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What cleaning does by itself.
 */
class CleaningTest {

    @TempDir
    Path directory;

    private StateManager open() {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .memorySize(8L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(16L * StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(16 << 20)
            .build());
    }

    /** Each page holds one value and is half empty, so the log is never short. */
    @Test
    void anIdleStoreIsNotCleanedForEver() {
        try (StateManager state = open()) {
            MapState<Integer, byte[]> values = state.scope("test")
                .map("values", Serializers.int32(), Serializers.bytes());
            for (int key = 0; key < 100; key++) {
                values.put(key, new byte[34_000]);
            }
            for (int i = 0; i < 200; i++) {
                state.checkpoint(); // each wakes the cleaning thread
            }

            assertThat(state.stats().cleaning().copiedBytes()).isLessThan(4L * 100 * 34_000);
            assertThat(state.stats().cleaning().slowsWriters()).isFalse();
            assertThat(values.size()).isEqualTo(100);
        }
    }

    @Test
    void theEstimateSurvivesRemovalsCompactionAndReopening() {
        try (StateManager state = open()) {
            MapState<Integer, Long> values = state.scope("test")
                .map("values", Serializers.int32(), Serializers.int64());
            for (int key = 0; key < 20_000; key++) {
                values.put(key, 1L);
            }
            for (int key = 0; key < 18_000; key++) {
                values.remove(key);
            }
            state.compact();
            assertThat(values.estimatedSize()).isEqualTo(2_000);
        }
        try (StateManager state = open()) {
            MapState<Integer, Long> values = state.scope("test")
                .map("values", Serializers.int32(), Serializers.int64());
            assertThat(values.estimatedSize()).isEqualTo(2_000);
            for (int key = 0; key < 18_000; key++) {
                values.put(key, 2L);
            }
            assertThat(values.estimatedSize()).isEqualTo(20_000);
        }
    }

}
