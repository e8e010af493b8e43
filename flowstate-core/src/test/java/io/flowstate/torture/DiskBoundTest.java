package io.flowstate.torture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.internal.checkpoint.CheckpointStore;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CommittedCheckpoint;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Manifest;
import io.flowstate.storage.Storage;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same entries are overwritten for 100 checkpoints, and the files never grow beyond
 * twice the bytes that the present state or any kept checkpoint needs, two segments and
 * the checkpoint under way. Larger with {@code -Dflowstate.torture.rewrites=1000000}.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class DiskBoundTest {

    private static final String NAME = "disk-bound";

    /** The names that both directories hold besides, and the headers of files. */
    private static final long OVERHEAD_BYTES = 64 << 10;

    private final int entries = Torture.count("rewrites", 30_000);

    private final int checkpoints = Torture.count("rewriteCheckpoints", 100);

    /** Large stores have larger segments and more memory, as they would in earnest. */
    private final int pageBytes = Math.max(StateManagerOptions.MIN_PAGE_SIZE,
            (Integer.highestOneBit(this.entries / 30_000) * 32) << 10);

    private final long segmentBytes = 4L * this.pageBytes;

    private static final int UNCHANGED = -1;

    private final Path temporary;

    private final CheckpointManager manager;

    private final LocalFiles disk = (this.entries > 100_000) ? LocalFiles.system() : new MemoryFiles();

    private final MeasuredFiles files = new MeasuredFiles(this.disk);

    private volatile long listedSnapshotBytes; // that kept checkpoints list

    private final AtomicReference<String> excess = new AtomicReference<>();

    private volatile double worst; // use by bound; the last one to write wins

    private volatile long mostBytes; // as above

    DiskBoundTest(@TempDir Path temporary) {
        this.temporary = temporary;
        this.manager = CheckpointManager.local(temporary.resolve("checkpoints"), this.files);
    }

    private StateManager open(int keep) {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(
                    Storage.of(LogDeviceFactory.local(this.temporary.resolve("log"), this.files), this.manager))
            .memorySize(6L * this.pageBytes)
            .pageSize(this.pageBytes)
            .segmentSize(this.segmentBytes)
            .indexMemory(64 << 20)
            .replayLimit(64L * this.entries)
            .checkpointsToKeep(keep)
            .build());
    }

    @ParameterizedTest(name = "keep {0}, {1} percent, random {2}")
    @CsvSource({ "1, 5, false", "1, 5, true", "3, 5, false", "3, 5, true", "1, 100, false", "1, 100, true",
            "3, 100, false", "3, 100, true" })
    void theDiskStaysSmallHoweverOftenEntriesAreOverwritten(int keep, int percent, boolean random) throws Exception {
        overwrite(keep, percent, random, 0, (round, key, numbers) -> 100);
    }

    @ParameterizedTest(name = "keep {0}")
    @ValueSource(ints = { 1, 3 })
    void valuesThatShrinkGiveTheirSpaceBackInTheEnd(int keep) throws Exception {
        overwrite(keep, 10, true, this.checkpoints - 5, (round, key, numbers) -> (round == 0) ? 1000 : 10);
    }

    @Test
    void valuesMayBeOfAnySize() throws Exception {
        overwrite(2, 20, true, 0, (round, key, numbers) -> numbers.nextInt(400));
    }

    private void overwrite(int keep, int percent, boolean random, int checkedFrom, Lengths lengths) throws Exception {
        long seed = Torture.seed(NAME);
        SplittableRandom numbers = Torture.random(seed, keep * 1000 + percent);
        DiskModel model = new DiskModel(this.entries, keep);
        this.files.onGrown(() -> check(model, "a write"));
        this.files.onRenaming(() -> check(model, "a commit"));

        long began = System.nanoTime();
        try (StateManager state = open(keep)) {
            MapState<Long, byte[]> map = map(state, "map");
            int next = 0;
            for (int round = 0; round <= this.checkpoints; round++) {
                long count = (round == 0) ? this.entries : (long) this.entries * percent / 100;
                for (long i = 0; i < count; i++, next = (next + 1) % this.entries) {
                    int key = (random && round > 0) ? numbers.nextInt(this.entries) : next;
                    int length = lengths.of(round, key, numbers);
                    if (length != UNCHANGED) {
                        map.put((long) key, new byte[length]);
                        model.put(key, length);
                    }
                }
                takeCheckpoint(state, model);
                assertThat((round < checkedFrom) ? null : this.excess.get()).as("round " + round).isNull();
                this.excess.set(null);
            }
        }
        finally {
            Torture.say(NAME,
                    "keep %d, %d%%, %s: at most %.1f MB, %.2f of the bound; needed at the end %.1f MB; written %.0f MB"
                            + " in %.1f s",
                    keep, percent, random ? "random" : "in order", this.mostBytes / 1e6, this.worst,
                    model.neededBytes() / 1e6, this.files.written((name) -> true) / 1e6,
                    (System.nanoTime() - began) / 1e9);
        }
    }

    @ParameterizedTest(name = "keep {0}")
    @ValueSource(ints = { 1, 3 })
    void droppedAndClearedStatesGiveTheirSpaceBackAfterSomeCheckpoints(int keep) {
        try (StateManager state = open(keep)) {
            fillAndForget(state);

            int taken = 0;
            do {
                state.checkpoint();
                taken++;
            }
            while (recordBytes() > 2 * this.segmentBytes && taken < 100_000);

            Torture.say(NAME, "keep %d: dropped and cleared states were gone after %d checkpoints", keep, taken);
            assertThat(recordBytes()).isLessThanOrEqualTo(2 * this.segmentBytes);
            assertThat(map(state, "stays").get(7L)).isEqualTo(new byte[7]);
        }
        assertOnlyWhatStaysIsFound(keep);
    }

    @Test
    void compactGivesTheSpaceOfDroppedAndClearedStatesBackAtOnce() {
        try (StateManager state = open(1)) {
            fillAndForget(state);

            state.compact();

            CompletableFuture<Checkpoint> next = state.checkpointAsync();
            awaitForgotten(); // what compact begins before that cut
            assertThat(recordBytes()).isLessThanOrEqualTo(2 * this.segmentBytes);
            assertThat(map(state, "stays").get(7L)).isEqualTo(new byte[7]);
            next.join();
        }
        assertOnlyWhatStaysIsFound(1);
    }

    private void fillAndForget(StateManager state) {
        MapState<Long, byte[]> stays = map(state, "stays");
        MapState<Long, byte[]> cleared = map(state, "cleared");
        MapState<Long, byte[]> dropped = map(state, "dropped");
        for (long key = 0; key < this.entries; key++) {
            cleared.put(key, new byte[100]);
            dropped.put(key, new byte[100]);
        }
        stays.put(7L, new byte[7]);
        state.checkpoint();
        assertThat(recordBytes()).isGreaterThan(288L * this.entries);
        cleared.clear();
        assertThat(state.scope("s").drop("dropped")).isTrue();
    }

    private long recordBytes() {
        return this.files.bytes((name) -> name.startsWith("records-"));
    }

    private void assertOnlyWhatStaysIsFound(int keep) {
        try (StateManager state = open(keep)) {
            assertThat(map(state, "stays").get(7L)).isEqualTo(new byte[7]);
            assertThat(map(state, "cleared").size()).isZero();
            assertThat(state.scope("s").exists("dropped")).isFalse();
        }
    }

    private static MapState<Long, byte[]> map(StateManager state, String name) {
        return state.scope("s").map(name, Serializers.int64(), Serializers.bytes());
    }

    private void takeCheckpoint(StateManager state, DiskModel model) throws IOException {
        CompletableFuture<Checkpoint> checkpoint = state.checkpointAsync();
        awaitForgotten(); // begun before the cut
        model.forgotten();
        model.cut();
        check(model, "a cut");
        checkpoint.join();
        this.listedSnapshotBytes = listedSnapshotBytes();
    }

    private static void awaitForgotten() {
        while (Thread.getAllStackTraces()
            .keySet()
            .stream()
            .anyMatch((thread) -> thread.getName().equals("flowstate-forget"))) {
            Thread.onSpinWait();
        }
    }

    private void check(DiskModel model, String moment) {
        long used = this.files.bytes();
        long needed = model.neededBytes() + this.listedSnapshotBytes;
        long bound = 2 * needed + 2 * this.segmentBytes + model.underWayBytes() + OVERHEAD_BYTES;
        if (used > bound) {
            this.excess.compareAndSet(null,
                    "at " + moment + " files of " + used + " bytes where " + needed
                            + " are needed, of which snapshots are " + this.listedSnapshotBytes + ", and "
                            + model.underWayBytes() + " are under way; index files "
                            + this.files.bytes((name) -> name.startsWith("indexes-")));
        }
        if ((double) used / bound > this.worst) {
            this.worst = (double) used / bound;
        }
        if (used > this.mostBytes) {
            this.mostBytes = used;
        }
    }

    /** The bytes of the index snapshots that the kept checkpoints list. */
    private long listedSnapshotBytes() throws IOException {
        Path path = this.temporary.resolve("checkpoints").resolve("manifest");
        Manifest manifest;
        try (LocalFiles.LocalFile file = this.disk.openForReading(path)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(0, bytes);
            manifest = Manifest.decode(bytes.flip(), path.toString());
        }
        Set<IndexSnapshot> listed = new HashSet<>();
        for (CommittedCheckpoint kept : manifest.checkpoints()) {
            listed.add(CheckpointStore.read(this.manager, manifest.storeId(), kept).snapshot());
        }
        listed.remove(null);
        return listed.stream().mapToLong(IndexSnapshot::sizeBytes).sum();
    }

    /** Says how long a value is. */
    @FunctionalInterface
    private interface Lengths {

        int of(int round, int key, SplittableRandom numbers);

    }

}
