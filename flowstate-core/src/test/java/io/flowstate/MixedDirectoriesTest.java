package io.flowstate;

import java.nio.file.Path;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The log directory of one store opened together with the checkpoint directory of
 * another.
 */
class MixedDirectoriesTest {

    private final MemoryFiles disk = new MemoryFiles();

    @Test
    void areRefusedAndLeftAsTheyWere() {
        run("a", 2);
        run("b", 2);

        assertRefused("a", "b");
        assertRefused("b", "a");
        assertHolds("a", 2);
        assertHolds("b", 2);
    }

    @Test
    void areRefusedWhicheverStoreIsAhead() {
        run("a", 1);
        run("b", 5);

        assertRefused("a", "b");
        assertRefused("b", "a");
        assertHolds("a", 1);
        assertHolds("b", 5);
    }

    @Test
    void areRefusedIfOneStoreHasNoCheckpointYet() {
        run("a", 3);
        run("b", 0);

        assertRefused("a", "b");
        assertRefused("b", "a");
        assertHolds("a", 3);
    }

    @Test
    void logFilesWithoutTheirNoteAreNotDeletedByAStoreWithoutCheckpoints() {
        run("a", 1);
        run("b", 0);
        this.disk.deleteAll(log("a").resolve("flowstate.committed"));

        assertUnreadable("a", "b");
    }

    private void assertRefused(String logs, String checkpoints) {
        CorruptStateException refusal = assertUnreadable(logs, checkpoints);

        assertThat(refusal.resource()).isEqualTo(log(logs).resolve("flowstate.committed").toString());
        assertThat(refusal.expected()).startsWith("a note of store ")
            .endsWith(", as " + checkpoints(checkpoints).resolve("manifest") + " says");
        assertThat(refusal.found()).startsWith("one of store ");
    }

    private CorruptStateException assertUnreadable(String logs, String checkpoints) {
        MemoryFiles before = this.disk.copy();
        CorruptStateException[] refusal = new CorruptStateException[1];
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> open(logs, checkpoints))
            .satisfies((ex) -> refusal[0] = ex);

        assertThat(this.disk.paths()).isEqualTo(before.paths());
        before.paths().forEach((path) -> assertThat(this.disk.content(path)).isEqualTo(before.content(path)));
        return refusal[0];
    }

    private void run(String store, int checkpointCount) {
        try (StateManager state = open(store, store)) {
            for (int i = 1; i <= checkpointCount; i++) {
                counters(state).set(store, i);
                state.checkpoint();
            }
        }
    }

    private void assertHolds(String store, int value) {
        try (StateManager state = open(store, store)) {
            assertThat(counters(state).get(store)).isEqualTo(value);
        }
    }

    private StateManager open(String logs, String checkpoints) {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.of(LogDeviceFactory.local(log(logs), this.disk),
                    CheckpointManager.local(checkpoints(checkpoints), this.disk)))
            .memorySize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(1 << 20)
            .build());
    }

    private static CounterState<String> counters(StateManager state) {
        return state.scope("s").counters("c", Serializers.string());
    }

    private static Path log(String store) {
        return Path.of("/store", store, "log");
    }

    private static Path checkpoints(String store) {
        return Path.of("/store", store, "checkpoints");
    }

}
