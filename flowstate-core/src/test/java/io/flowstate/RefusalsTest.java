package io.flowstate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.IncompatibleStateException;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.StateException;
import io.flowstate.storage.Storage;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.MemoryFiles;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What is refused, with its text; after each refusal the store works on.
 */
class RefusalsTest {

    @TempDir
    Path directory;

    private StateManagerOptions.Builder options(String name) {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve(name).resolve("log"),
                    this.directory.resolve(name).resolve("checkpoints")))
            .memorySize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(1 << 20)
            .checkpointMetadataLimit(100);
    }

    private StateManager open() {
        return StateManager.open(options("store").build());
    }

    private static MapState<String, byte[]> map(StateManager state) {
        return state.scope("s").map("m", Serializers.string(), Serializers.bytes());
    }

    private static void assertWorks(StateManager state) {
        long before = state.lastCheckpoint().map(Checkpoint::version).orElse(0L);
        map(state).put("still", new byte[] { 1 });
        assertThat(map(state).get("still")).containsExactly(1);
        assertThat(state.checkpoint().version()).isGreaterThan(before);
    }

    @Test
    void namesAreOneToTwoHundredCharactersOfText() {
        try (StateManager state = open()) {
            assertThatIllegalArgumentException().isThrownBy(() -> state.scope(""))
                .withMessage("the name of a scope must have 1 to 200 characters, but had 0");
            assertThatIllegalArgumentException()
                .isThrownBy(() -> state.scope("s").counters("x".repeat(201), Serializers.string()))
                .withMessage("the name of a state must have 1 to 200 characters, but had 201");
            assertThatIllegalArgumentException().isThrownBy(() -> state.scope("half \ud83d"))
                .withMessageContaining("unpaired surrogate at index 5");
            state.scope("ü/../\u0000 \ud83d\ude00").counters("x".repeat(200), Serializers.string()).add("k", 1);
            assertWorks(state);
        }
        try (StateManager state = open()) {
            CounterState<String> counters = state.scope("ü/../\u0000 \ud83d\ude00")
                .counters("x".repeat(200), Serializers.string());
            assertThat(counters.get("k")).isEqualTo(1);
        }
    }

    @Test
    void scopesNestToALimit() {
        try (StateManager state = open()) {
            StateScope scope = state.scope("0");
            for (int i = 1; i < StateScope.MAX_DEPTH; i++) {
                scope = scope.scope("level");
            }
            StateScope deepest = scope;
            deepest.counters("c", Serializers.string()).add("k", 7);
            assertThatIllegalArgumentException().isThrownBy(() -> deepest.scope("more"))
                .withMessage("scopes nest at most 100 deep");
            assertWorks(state);
        }
    }

    @Test
    void keysAndValuesAreNotNull() {
        try (StateManager state = open()) {
            assertThatNullPointerException().isThrownBy(() -> map(state).put(null, new byte[0])).withMessage("key");
            assertThatNullPointerException().isThrownBy(() -> map(state).get(null)).withMessage("key");
            assertThatNullPointerException().isThrownBy(() -> map(state).put("k", null)).withMessage("value");
            assertThatNullPointerException()
                .isThrownBy(() -> state.scope("s").counters("c", Serializers.string()).add(null, 1))
                .withMessage("key");
            assertWorks(state);
        }
    }

    @Test
    void textWithoutUtf8FormIsRefused() {
        try (StateManager state = open()) {
            assertThatIllegalArgumentException().isThrownBy(() -> map(state).put("\udc00", new byte[0]))
                .withMessageContaining("unpaired surrogate at index 0");
            assertWorks(state);
        }
    }

    @Test
    void metadataOverTheLimitIsRefused() {
        try (StateManager state = open()) {
            assertThatIllegalArgumentException().isThrownBy(() -> state.checkpoint(new byte[101]))
                .withMessage(
                        "the metadata of a checkpoint may have 100 bytes (checkpoint.metadata-limit), but had 101");
            assertThat(state.checkpoint(new byte[100]).metadata()).hasSize(100);
            assertWorks(state);
        }
    }

    @Test
    void recordOverAPageIsRefused() {
        try (StateManager state = open()) {
            int page = StateManagerOptions.MIN_PAGE_SIZE;
            assertThatIllegalArgumentException().isThrownBy(() -> map(state).put("key", new byte[page - 39]))
                .withMessage("a key of 3 bytes and a value of " + (page - 39) + " bytes make a record of " + (page + 8)
                        + " bytes, which does not fit a log page of " + page + " bytes; raise page-size");
            map(state).put("key", new byte[page - 40]);
            assertThat(map(state).get("key")).hasSize(page - 40);
            assertWorks(state);
        }
    }

    @Test
    void sizesThatDoNotFitEachOtherAreRefused() {
        assertRefused((options) -> options.memorySize(4L * StateManagerOptions.MIN_PAGE_SIZE - 1),
                "memory-size must be at least 4 log pages of 65536 bytes (page-size), which is 262144 bytes, but was "
                        + "262143");
        assertRefused((options) -> options.pageSize(100_000),
                "page-size must be a power of two from 65536 to 1073741824 bytes, but was 100000");
        assertRefused((options) -> options.segmentSize(100_000),
                "segment-size must be a multiple of page-size, 65536 bytes, and at least that, but was 100000");
        assertRefused((options) -> options.indexMemory(0), "index-memory must be more than 0, but was 0");
        assertRefused((options) -> options.cachePageCount(0), "cache-page-count must be more than 0, but was 0");
        assertRefused((options) -> options.cacheMemory((1 << 20) - 1),
                "cache-memory must be at least 1048576 bytes, but was 1048575");
        for (int size : new int[] { 0, -4096, 2048, 12288, 2 << 20 }) {
            assertRefused((options) -> options.statePageSize(size),
                    "state-page-size must be a power of two from 4096 to 1048576 bytes, but was " + size);
        }
        assertRefused((options) -> options.temporarySizeLimit(1000),
                "temporary-size-limit must be at least 1048576 bytes, but was 1000");
        assertRefused((options) -> options.replayLimit(1000),
                "replay-limit must be at least 65536 bytes, but was 1000");
        assertRefused((options) -> options.checkpointsToKeep(0), "checkpoint.keep must be more than 0, but was 0");
        assertRefused((options) -> options.checkpointsToKeep(1001),
                "checkpoint.keep must be at most 1000, but was 1001");
        assertRefused((options) -> options.checkpointTimeout(Duration.ofSeconds(Long.MAX_VALUE)),
                "checkpoint.timeout must be from 1 millisecond to 365 days, but was PT2562047788015215H30M7S");
        assertRefused((options) -> options.deviceTimeout(Duration.ZERO),
                "device-timeout must be from 1 millisecond to 365 days, but was PT0S");
        assertThatIllegalArgumentException().isThrownBy(() -> StateManagerOptions.builder().build())
            .withMessageStartingWith("no persistentStorage was given");
    }

    private void assertRefused(UnaryOperator<StateManagerOptions.Builder> change, String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> change.apply(options("store")).build())
            .withMessage(message);
    }

    @Test
    void moreMemoryThanTheJvmGivesIsRefused() {
        StateManagerOptions options = options("store").indexMemory(1L << 50).build();

        assertThatIllegalArgumentException().isThrownBy(() -> StateManager.open(options))
            .withMessageContaining("memory-size (262144 bytes) and index-memory (" + (1L << 50) + " bytes)")
            .withMessageContaining("-XX:MaxDirectMemorySize");
    }

    @Test
    void indexBeyondItsMemoryIsRefusedAndNothingIsLost() {
        StateManagerOptions options = options("store").indexMemory(10_000).build();
        try (StateManager state = StateManager.open(options)) {
            CounterState<Integer> counters = state.scope("s").counters("c", Serializers.int32());
            int[] added = new int[1];
            assertThatExceptionOfType(StateException.class).isThrownBy(() -> {
                while (true) {
                    counters.add(added[0], 1);
                    added[0]++;
                }
            })
                .withMessageContaining("index-memory (10000 bytes) is used up")
                .withMessageContaining("raise index-memory, and -XX:MaxDirectMemorySize");
            assertThat(added[0]).isGreaterThan(50);
            for (int i = 0; i < added[0]; i++) {
                assertThat(counters.add(i, 1)).isEqualTo(2);
            }
            assertThat(counters.get(added[0])).isZero();
            state.checkpoint();
        }
    }

    @Test
    void directoryThatIsAFileIsRefused() throws IOException {
        Files.createDirectories(this.directory.resolve("store"));
        Path file = Files.createFile(this.directory.resolve("store").resolve("log"));

        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(this::open)
            .withMessageContaining(file.toString());

        Files.delete(file);
        try (StateManager state = open()) {
            assertWorks(state);
        }
    }

    @Test
    void directoryThatCannotBeWrittenIsRefused() {
        MemoryFiles disk = new MemoryFiles();
        FaultyFiles files = new FaultyFiles(disk);
        Path log = Path.of("/read-only/log");
        Path checkpoints = Path.of("/read-only/checkpoints");
        StateManagerOptions options = options("unused")
            .persistentStorage(
                    Storage.of(LogDeviceFactory.local(log, files), CheckpointManager.local(checkpoints, files)))
            .build();
        files.failFrom(FileCall.CREATE, 1);

        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> StateManager.open(options))
            .withMessageContaining("/read-only");

        files.heal();
        try (StateManager state = StateManager.open(options)) {
            assertWorks(state);
        }
    }

    @Test
    void closedStoreRefusesEverythingAndCanBeOpenedAgain() {
        StateManager state = open();
        MapState<String, byte[]> map = map(state);
        CounterState<String> counters = state.scope("s").counters("c", Serializers.string());
        StateScope scope = state.scope("s");
        map.put("k", new byte[1]);
        state.checkpoint();
        state.close();
        state.close();

        assertClosed(() -> map.get("k"));
        assertClosed(() -> map.put("k", new byte[1]));
        assertClosed(() -> map.remove("k"));
        assertClosed(map::cursor);
        assertClosed(() -> counters.add("k", 1));
        assertClosed(() -> state.scope("s"));
        assertClosed(() -> scope.exists("m"));
        assertClosed(() -> state.update(() -> {
        }));
        assertClosed(state::checkpoint);
        assertClosed(state::checkpointAsync);
        assertClosed(state::lastCheckpoint);
        assertClosed(state::checkpoints);
        assertClosed(state::stats);
        try (StateManager again = open()) {
            assertThat(map(again).get("k")).hasSize(1);
            assertWorks(again);
        }
    }

    private static void assertClosed(ThrowingCallable call) {
        assertThatIllegalStateException().isThrownBy(call).withMessage("the state manager is closed");
    }

    @Test
    void checkpointAndCloseInsideAUnitAreRefused() {
        try (StateManager state = open()) {
            state.update(() -> {
                assertThatIllegalStateException().isThrownBy(state::checkpoint)
                    .withMessage("a checkpoint inside a unit of work is refused: it would wait for itself");
                assertThatIllegalStateException().isThrownBy(() -> state.checkpoint(new byte[1]));
                assertThatIllegalStateException().isThrownBy(state::checkpointAsync);
                assertThatIllegalStateException().isThrownBy(state::close)
                    .withMessage("closing inside a unit of work is refused: it would wait for itself");
            });
            assertWorks(state);
        }
    }

    @Test
    void stateOfAnotherKindOrSerializerIsRefused() {
        try (StateManager state = open()) {
            map(state);
            assertThatExceptionOfType(IncompatibleStateException.class)
                .isThrownBy(() -> state.scope("s").counters("m", Serializers.string()))
                .withMessage("state m of scope s exists as map with keys by string and values by bytes and cannot be "
                        + "opened as counters with keys by string");
            assertThatExceptionOfType(IncompatibleStateException.class)
                .isThrownBy(() -> state.scope("s").map("m", Serializers.int64(), Serializers.bytes()))
                .withMessageContaining("keys by int64");
            assertWorks(state);
        }
    }

    @Test
    void scopesOfOtherLevelsDoNotCollide() {
        try (StateManager state = open()) {
            state.scope("a").scope("b_c").counters("x", Serializers.string()).add("k", 1);
            state.scope("a_b").scope("c").counters("x", Serializers.string()).add("k", 2);
            state.scope("a").counters("b_c/x", Serializers.string()).add("k", 3);

            assertThat(state.scope("a").scope("b_c").counters("x", Serializers.string()).get("k")).isEqualTo(1);
            assertThat(state.scope("a_b").exists("x")).isFalse();
            assertThat(state.scope("a_b").scope("c").exists("x")).isTrue();
        }
    }

    @Test
    void pathsWithBlanksAndUmlautsWork() {
        StateManagerOptions options = options("Übergröße mit Leerzeichen ß/ tief").build();
        try (StateManager state = StateManager.open(options)) {
            map(state).put("k", new byte[3]);
            state.checkpoint();
        }
        try (StateManager state = StateManager.open(options)) {
            assertThat(map(state).get("k")).hasSize(3);
            assertWorks(state);
        }
    }

    @Test
    void pageSizeBelowTheLargestRecordIsRefused() {
        StateManagerOptions large = options("store").pageSize(4 * StateManagerOptions.MIN_PAGE_SIZE)
            .memorySize(16L * StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(4 * StateManagerOptions.MIN_PAGE_SIZE)
            .build();
        try (StateManager state = StateManager.open(large)) {
            map(state).put("large", new byte[100_000]);
            map(state).put("small", new byte[10]);
            state.checkpoint();
        }

        assertThatExceptionOfType(IncompatibleStateException.class).isThrownBy(this::open)
            .withMessage("page-size is 65536 bytes, but the store holds a record of 100040 bytes, written with larger "
                    + "pages; raise page-size to at least that");

        try (StateManager state = StateManager.open(large)) {
            map(state).remove("large");
            state.checkpoint();
        }
        try (StateManager state = open()) {
            assertThat(map(state).get("small")).hasSize(10);
            assertThat(map(state).get("large")).isNull();
            assertWorks(state);
        }
    }

}
