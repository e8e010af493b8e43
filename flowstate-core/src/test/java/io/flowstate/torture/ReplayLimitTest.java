package io.flowstate.torture;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LocalFiles;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import io.flowstate.testing.MemoryFiles;
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

    private void replay(SplittableRandom random, int run, int writers) {
        MeasuredFiles files = new MeasuredFiles(new MemoryFiles());
        long limit = (64 << 10) + (long) random.nextInt((writers > 0) ? (8 << 20) : (2 << 20));
        int entries = 1 + random.nextInt(20_000);
        byte[][] model = new byte[entries][];
        for (int session = 0; session < 4; session++) {
            long readBefore = files.read(ReplayLimitTest::isOfRecords);
            try (StateManager state = open(files,
                    StateManagerOptions.builder()
                        .memorySize((8 * 64) << 10)
                        .pageSize(64 << 10)
                        .segmentSize(256 << 10)
                        .indexMemory(16 << 20)
                        .checkpointsToKeep(1 + run % 3)
                        .replayLimit(limit))) {
                long read = files.read(ReplayLimitTest::isOfRecords) - readBefore;
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
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicBoolean done = new AtomicBoolean();
        List<Future<?>> others = new ArrayList<>();
        MapState<Integer, Integer> noise = state.scope("s").map("noise", Serializers.int32(), Serializers.int32());
        for (int i = 0; i < writers; i++) {
            int first = i;
            others.add(threads.submit(() -> {
                for (int key = first; !done.get(); key++) {
                    noise.put(key % 30_000, key);
                }
            }));
        }
        try {
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
            done.set(true);
            for (Future<?> other : others) {
                other.get();
            }
        }
        catch (Exception ex) {
            throw new AssertionError(ex);
        }
        finally {
            done.set(true);
            threads.shutdownNow();
        }
    }

}
