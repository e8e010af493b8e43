package io.flowstate;

import java.nio.file.Path;
import java.util.List;

import io.flowstate.StateManagerOptions.OnUnreadableCheckpoint;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Files of others in the directories of a store, with names that resemble ours.
 */
class ForeignFilesTest {

    private static final Path LOG = Path.of("/store/log");

    private static final Path CHECKPOINTS = Path.of("/store/checkpoints");

    private static final List<Path> FOREIGN = List.of(CHECKPOINTS.resolve("my-notes.meta"),
            CHECKPOINTS.resolve("checkpoint-1.meta"), LOG.resolve("my-notes.seg"));

    private final MemoryFiles disk = new MemoryFiles();

    @Test
    void surviveAllThatAStoreDoes() {
        FOREIGN.forEach((path) -> this.disk.replace(path, new byte[] { 1, 2, 3 }));

        run(OnUnreadableCheckpoint.FAIL, 0);
        assertUntouched();
        run(OnUnreadableCheckpoint.FAIL, 5);
        assertUntouched();
        this.disk.truncate(CHECKPOINTS.resolve("manifest"), 30);
        run(OnUnreadableCheckpoint.START_EMPTY, 0);
        assertUntouched();
        assertThat(this.disk.paths()).contains(CHECKPOINTS.resolve("manifest.aside-1"));
    }

    private void run(OnUnreadableCheckpoint onUnreadable, long found) {
        StateManagerOptions options = StateManagerOptions.builder()
            .persistentStorage(
                    Storage.of(LogDeviceFactory.local(LOG, this.disk), CheckpointManager.local(CHECKPOINTS, this.disk)))
            .memorySize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(1 << 20)
            .onUnreadableCheckpoint(onUnreadable)
            .build();
        try (StateManager state = StateManager.open(options)) {
            CounterState<String> counters = state.scope("s").counters("c", Serializers.string());
            assertThat(counters.get("k")).isEqualTo(found);
            for (int i = 0; i < 5; i++) {
                counters.add("k", 1);
                state.checkpoint();
            }
        }
    }

    private void assertUntouched() {
        FOREIGN.forEach((path) -> assertThat(this.disk.content(path)).containsExactly(1, 2, 3));
    }

}
