package io.flowstate.torture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.internal.checkpoint.CheckpointMetadata;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @TempDir
    Path temporary;

    private final MeasuredFiles files = new MeasuredFiles(LocalFiles.system());

    private volatile long listedSnapshotBytes; // that kept checkpoints list

    private final AtomicReference<String> excess = new AtomicReference<>();

    private volatile double worst; // use by bound; the last one to write wins

    private volatile long mostBytes; // as above

    private StateManager open(int keep) {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.of(LogDeviceFactory.local(this.temporary.resolve("log"), this.files),
                    CheckpointManager.local(this.temporary.resolve("checkpoints"), this.files)))
            .memorySize(6L * this.pageBytes)
            .pageSize(this.pageBytes)
            .segmentSize(this.segmentBytes)
            .indexMemory(64 << 20)
            .replayLimit(64L * this.entries)
            .checkpointsToKeep(keep)
            .build());
    }

    @ParameterizedTest(name = "keep {0}, {1} percent, random {2}, values of {3} to {4} bytes")
    @CsvSource({ "1, 100, false, 100, 100", "1, 100, true, 100, 100", "1, 5, false, 100, 100", "1, 5, true, 100, 100",
            "3, 100, false, 100, 100", "3, 100, true, 100, 100", "3, 5, false, 100, 100", "3, 5, true, 100, 100" })
    void theDiskStaysSmallHoweverOftenEntriesAreOverwritten(int keep, int percent, boolean random, int minValueBytes,
            int maxValueBytes) throws Exception {
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
                int count = (round == 0) ? this.entries : this.entries * percent / 100;
                for (int i = 0; i < count; i++, next++) {
                    int key = (random && round > 0) ? numbers.nextInt(this.entries) : next % this.entries;
                    int length = minValueBytes + numbers.nextInt(maxValueBytes - minValueBytes + 1);
                    map.put((long) key, new byte[length]);
                    model.put(key, length);
                }
                takeCheckpoint(state, model);
                assertThat(this.excess.get()).as("round " + round).isNull();
            }
        }

        Torture.say(NAME,
                "keep %d, %d%%, %s: at most %.1f MB, %.2f of the bound; needed at the end %.1f MB; written %.0f MB in %.1f s",
                keep, percent, random ? "random" : "in order", this.mostBytes / 1e6, this.worst,
                model.neededBytes() / 1e6, this.files.written((name) -> true) / 1e6, (System.nanoTime() - began) / 1e9);
    }

    private static MapState<Long, byte[]> map(StateManager state, String name) {
        return state.scope("s").map(name, Serializers.int64(), Serializers.bytes());
    }

    private void takeCheckpoint(StateManager state, DiskModel model) throws IOException {
        CompletableFuture<Checkpoint> checkpoint = state.checkpointAsync();
        model.forgotten(); // the cut comes after the one before has tidied up
        check(model, "a cut");
        model.cut();
        checkpoint.join();
        this.listedSnapshotBytes = listedSnapshotBytes();
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
        List<Path> metadata = new ArrayList<>();
        try (Stream<Path> all = Files.list(this.temporary.resolve("checkpoints"))) {
            all.filter((path) -> path.getFileName().toString().endsWith(".meta")).forEach(metadata::add);
        }
        return metadata.stream()
            .map(DiskBoundTest::snapshot)
            .filter((snapshot) -> snapshot != null)
            .distinct()
            .mapToLong(IndexSnapshot::sizeBytes)
            .sum();
    }

    private static IndexSnapshot snapshot(Path metadata) {
        try {
            return CheckpointMetadata.decode(ByteBuffer.wrap(Files.readAllBytes(metadata)), metadata.toString())
                .snapshot();
        }
        catch (IOException ex) {
            return null; // just deleted: no kept checkpoint's
        }
    }

}
