package io.flowstate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class RecoveryListenerTest {

    private static final int KEYS = 1000;

    @TempDir
    Path directory;

    private final List<Long> bytesRead = new ArrayList<>();

    private final List<Long> bytesToRead = new ArrayList<>();

    private StateManagerOptions.Builder options() {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .memorySize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(16 << 20);
    }

    private StateManager open(StateManagerOptions.Builder options) {
        return StateManager.open(options.build(), (read, toRead) -> {
            this.bytesRead.add(read);
            this.bytesToRead.add(toRead);
        });
    }

    private static void fill(StateManager state) {
        MapState<Integer, String> texts = state.scope("test").map("texts", Serializers.int32(), Serializers.string());
        for (int key = 0; key < KEYS; key++) {
            texts.put(key, "x".repeat(4000));
        }
    }

    @Test
    void aNewStoreHasNothingToRead() {
        open(options()).close();

        assertThat(this.bytesToRead).containsOnly(0L);
        assertThat(this.bytesRead).containsOnly(0L);
    }

    @Test
    void theReplayIsToldAboutOnceAMebibyteFromNothingToAll() {
        try (StateManager state = open(options())) {
            fill(state);
            state.checkpoint();
        }
        this.bytesRead.clear();
        this.bytesToRead.clear();

        try (StateManager state = open(options())) {
            assertThat(state.stats().replayedBytes()).isGreaterThan(KEYS * 4000);
            assertThat(this.bytesToRead).containsOnly(state.stats().replayedBytes());
            assertThat(this.bytesRead).isSorted().startsWith(0L).endsWith(state.stats().replayedBytes());
            assertThat(this.bytesRead).hasSizeBetween(4, 6);
        }
    }

    @Test
    void theSnapshotOfTheIndexesIsCountedToo() {
        StateManagerOptions.Builder frequent = options().replayLimit(StateManagerOptions.MIN_PAGE_SIZE);
        try (StateManager state = open(frequent)) {
            fill(state);
            state.checkpoint();
            assertThat(state.stats().checkpoints().snapshots()).isPositive();
            state.checkpoint();
        }
        this.bytesRead.clear();
        this.bytesToRead.clear();

        try (StateManager state = open(frequent)) {
            long all = this.bytesToRead.get(0);
            assertThat(all).isGreaterThan(state.stats().replayedBytes());
            assertThat(this.bytesToRead).containsOnly(all);
            assertThat(this.bytesRead).isSorted().startsWith(0L).endsWith(all);
        }
    }

    @Test
    void aLargeSnapshotIsToldAboutOnceAMebibyteToo() {
        int entries = 300_000; // of 12 bytes each in the snapshot
        StateManagerOptions.Builder frequent = options().replayLimit(StateManagerOptions.MIN_PAGE_SIZE);
        try (StateManager state = open(frequent)) {
            CounterState<Integer> counters = state.scope("test").counters("counters", Serializers.int32());
            for (int key = 0; key < entries; key++) {
                counters.set(key, key);
            }
            state.checkpoint();
            state.checkpoint();
        }
        this.bytesRead.clear();
        this.bytesToRead.clear();

        open(frequent).close();

        assertThat(this.bytesToRead.get(0)).isGreaterThan(12L * entries);
        for (int i = 1; i < this.bytesRead.size(); i++) {
            assertThat(this.bytesRead.get(i) - this.bytesRead.get(i - 1)).as("step %d", i)
                .isLessThanOrEqualTo(9L << 17);
        }
    }

    @Test
    void whatItThrowsEndsTheOpeningAndTheNextOneSucceeds() {
        RecoveryListener throwing = (read, toRead) -> {
            throw new IllegalStateException("the listener has had enough");
        };

        assertThatIllegalStateException().isThrownBy(() -> StateManager.open(options().build(), throwing))
            .withMessage("the listener has had enough");

        open(options()).close();
    }

}
