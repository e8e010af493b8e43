package io.flowstate.torture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import io.flowstate.testing.ForwardingFiles;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checkpoints and openings cost what has changed, not what is there, counted at the
 * files.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ReplayLimitTest {

    private static final String NAME = "replay-limit";

    @TempDir
    Path temporary;

    private static boolean isOfRecords(String name) {
        return name.startsWith("records-");
    }

    private static boolean isNoSnapshot(String name) {
        return !name.startsWith("indexes-");
    }

    private StateManager open(LocalFiles files, StateManagerOptions.Builder options) {
        return StateManager
            .open(options.persistentStorage(Storage.of(LogDeviceFactory.local(this.temporary.resolve("log"), files),
                    CheckpointManager.local(this.temporary.resolve("checkpoints"), files)))
                .build());
    }

    private static MapState<Integer, byte[]> map(StateManager state) {
        return state.scope("s").map("m", Serializers.int32(), Serializers.bytes());
    }

    @Test
    void aCheckpointAfterAThousandChangesIsSmall() {
        SplittableRandom random = Torture.random(Torture.seed(NAME), 0);
        MeasuredFiles files = new MeasuredFiles(LocalFiles.system());
        int entries = 1_000_000;
        try (StateManager state = open(files,
                StateManagerOptions.builder()
                    .memorySize(8 << 20)
                    .pageSize(1 << 20)
                    .segmentSize(16 << 20)
                    .indexMemory(32 << 20))) {
            MapState<Integer, byte[]> map = map(state);
            for (int key = 0; key < entries; key++) {
                map.put(key, new byte[100]);
            }
            state.checkpoint();

            for (int round = 0; round < 3; round++) {
                long before = files.written(ReplayLimitTest::isNoSnapshot);
                for (int i = 0; i < 1_000; i++) {
                    map.put(random.nextInt(entries), new byte[100]);
                }
                state.checkpoint();

                long written = files.written(ReplayLimitTest::isNoSnapshot) - before;
                Torture.say(NAME, "a checkpoint after 1,000 changes wrote %d bytes", written);
                assertThat(written).isLessThan(4 << 20);
            }
        }
    }

    @Test
    void recoveryReplaysNoMoreThanTheLimit() {
        long seed = Torture.seed(NAME);
        for (int run = 0; run < Torture.count("replayRuns", 12); run++) {
            replay(Torture.random(seed, run), run, 0);
        }
    }

    @Test
    void recoveryReplaysNoMoreThanTheLimitIfWritersGoOn() {
        long seed = Torture.seed(NAME);
        for (int run = 0; run < Torture.count("replayRuns", 12) / 3; run++) {
            replay(Torture.random(seed, 1000 + run), run, 2);
        }
    }

    /** A cut ends at a whole block, which is replayed too. */
    @Test
    void theRestOfTheLastBlockCounts() {
        long limit = (64 << 10) + 2048;
        MemoryFiles files = new MemoryFiles();
        try (StateManager state = open(files, small(limit))) {
            MapState<Integer, byte[]> map = map(state);
            long begin = state.stats().log().begin();
            for (int key = 0; state.stats().log().tail() + 200 - begin < limit; key++) {
                map.put(key, new byte[100]);
            }
            state.checkpoint();
        }
        try (StateManager state = open(files, small(limit))) {
            assertThat(state.stats().replayedBytes()).isLessThanOrEqualTo(limit);
        }
    }

    @Test
    void recoveryReplaysNoMoreThanTheLimitIfSnapshotsAreSlowAndWritersMany() {
        for (int writers : new int[] { 2, 64 }) {
            long limit = 64 << 10;
            MemoryFiles disk = new MemoryFiles();
            LocalFiles slow = new SlowSnapshots(disk);
            try (StateManager state = open(slow, small(limit))) {
                overwrite(state, writers, 1000, () -> {
                    for (int checkpoint = 0; checkpoint < 3; checkpoint++) {
                        state.checkpoint();
                    }
                });
            }
            try (StateManager state = open(disk, small(limit))) {
                assertThat(state.stats().replayedBytes()).as("with %d writers", writers).isLessThanOrEqualTo(limit);
            }
        }
    }

    private static StateManagerOptions.Builder small(long limit) {
        return StateManagerOptions.builder()
            .memorySize((8 * 64) << 10)
            .pageSize(64 << 10)
            .segmentSize(256 << 10)
            .indexMemory(16 << 20)
            .replayLimit(limit);
    }

    private void replay(SplittableRandom random, int run, int writers) {
        MemoryFiles disk = new MemoryFiles();
        long limit = (64 << 10) + (long) random.nextInt((writers > 0) ? (8 << 20) : (2 << 20));
        int entries = 1 + random.nextInt(20_000);
        byte[][] model = new byte[entries][];
        for (int session = 0; session < 4; session++) {
            MeasuredFiles files = new MeasuredFiles(disk); // what cleaning of the session
                                                           // before may still read does
                                                           // not count
            try (StateManager state = open(files, small(limit).checkpointsToKeep(1 + run % 3))) {
                long read = files.read(ReplayLimitTest::isOfRecords);
                assertThat(state.stats().replayedBytes()).isLessThanOrEqualTo(limit);
                assertThat(read).as("bytes read, headers of %d segments included", state.stats().device().segments())
                    .isLessThanOrEqualTo(limit + 4096L * state.stats().device().segments());
                MapState<Integer, byte[]> map = map(state);
                for (int key = 0; key < entries; key++) {
                    assertThat(map.get(key)).isEqualTo(model[key]);
                }
                write(state, random, model, limit, writers);
            }
        }
    }

    /** Between checkpoints a little is appended, or several times the limit. */
    private static void write(StateManager state, SplittableRandom random, byte[][] model, long limit, int writers) {
        overwrite(state, writers, Integer.BYTES, () -> {
            MapState<Integer, byte[]> map = map(state);
            int checkpoints = 1 + random.nextInt(8);
            for (int checkpoint = 0; checkpoint < checkpoints; checkpoint++) {
                long wanted = (long) (limit * 3 * Math.pow(random.nextDouble(), 3));
                for (long written = 0; written < wanted; written += 150) {
                    int key = random.nextInt(model.length);
                    model[key] = new byte[random.nextInt(200)];
                    random.nextBytes(model[key]);
                    map.put(key, model[key]);
                }
                state.checkpoint();
            }
        });
    }

    /** Does something while others write as fast as they can. */
    private static void overwrite(StateManager state, int writers, int valueBytes, Runnable meanwhile) {
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicBoolean done = new AtomicBoolean();
        List<Future<?>> others = new ArrayList<>();
        MapState<Integer, byte[]> noise = state.scope("s").map("noise", Serializers.int32(), Serializers.bytes());
        for (int i = 0; i < writers; i++) {
            int first = i;
            others.add(threads.submit(() -> {
                for (int key = first; !done.get(); key++) {
                    noise.put(key % 30_000, new byte[valueBytes]);
                }
            }));
        }
        try {
            meanwhile.run();
            done.set(true);
            for (Future<?> other : others) {
                other.get();
            }
        }
        catch (InterruptedException | ExecutionException ex) {
            throw new AssertionError(ex);
        }
        finally {
            done.set(true);
            threads.shutdownNow();
        }
    }

    /** A disk that takes its time to make a snapshot of the indexes durable. */
    private static final class SlowSnapshots extends ForwardingFiles {

        private static final long FORCE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

        SlowSnapshots(LocalFiles files) {
            super(files);
        }

        @Override
        protected LocalFile wrap(Path path, LocalFile opened) {
            return isNoSnapshot(path.getFileName().toString()) ? opened : new ForwardingFile(opened) {
                @Override
                public void force() throws IOException {
                    LockSupport.parkNanos(FORCE_NANOS); // nobody waits for it but the
                                                        // store
                    super.force();
                }
            };
        }

    }

}
