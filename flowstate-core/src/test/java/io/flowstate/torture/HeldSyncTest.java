package io.flowstate.torture;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.testing.DeviceCall;
import io.flowstate.testing.FaultyLogDevices;
import io.flowstate.testing.Hold;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Writers do not stop while a checkpoint is written, proved without a clock: while the
 * device's sync is held, four threads each complete many changes of old and new keys.
 * Then the checkpoint is let go, and it holds exactly the cut.
 */
class HeldSyncTest {

    private static final String NAME = "held-sync";

    private static final int THREADS = 4;

    private static final int OLD_KEYS = 2000; // of each thread

    private static final String METADATA = "the cut";

    private final int changes = Torture.count("heldChanges", 100_000);

    /** The states, and for each thread what is in them as far as that thread has come. */
    private record Work(StateManager manager, MapState<String, Long> map, CounterState<Integer> counters,
            long[][] values, long[][] counts) {

        static Work on(StateManager manager, int keys) {
            return new Work(manager, manager.scope("held").map("map", Serializers.string(), Serializers.int64()),
                    manager.scope("held").counters("counters", Serializers.int32()), new long[THREADS][keys],
                    new long[THREADS][keys]);
        }

        void change(int thread, int key, long amount) {
            this.map.merge(name(thread, key), amount, Long::sum);
            this.values[thread][key] += amount;
            if (amount % 3 == 0) {
                this.manager.update(() -> {
                    this.counters.add(number(thread, key), amount);
                    this.map.put(name(thread, key), this.values[thread][key] + 1);
                });
                this.counts[thread][key] += amount;
                this.values[thread][key]++;
            }
        }

        /** Compares by key, and the number of entries by cursor. */
        List<String> differences(long[][] values, long[][] counts) {
            List<String> differences = new ArrayList<>();
            long present = 0;
            for (int thread = 0; thread < THREADS; thread++) {
                for (int key = 0; key < values[thread].length; key++) {
                    Long value = this.map.get(name(thread, key));
                    long count = this.counters.get(number(thread, key));
                    present += (values[thread][key] != 0) ? 1 : 0;
                    if (((value != null) ? value : 0) != values[thread][key] || count != counts[thread][key]) {
                        differences.add(name(thread, key) + ": expected " + values[thread][key] + " and "
                                + counts[thread][key] + ", found " + value + " and " + count);
                    }
                }
            }
            long[] scanned = new long[1];
            this.map.forEach((key, value) -> scanned[0]++);
            if (scanned[0] != present) {
                differences.add("expected " + present + " entries, the cursor gave " + scanned[0]);
            }
            return differences;
        }

        private static String name(int thread, int key) {
            return "thread " + thread + " key " + key;
        }

        private static int number(int thread, int key) {
            return thread * 1_000_000 + key;
        }

    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void writersGoOnWhileACheckpointWaitsForTheDevice() throws Exception {
        long seed = Torture.seed(NAME);
        int keys = OLD_KEYS + this.changes / 2;
        MemoryDisk disk = MemoryDisk.empty();
        FaultyLogDevices devices = new FaultyLogDevices(disk.log());
        long[][] values;
        long[][] counts;

        try (StateManager manager = StateManager.open(disk.roomyOptions(devices))) {
            Work work = Work.on(manager, keys);
            inThreads((thread) -> work(work, thread, seed, OLD_KEYS * 3, OLD_KEYS));
            values = copy(work.values());
            counts = copy(work.counts());

            CompletableFuture<Checkpoint> checkpoint;
            try (Hold hold = devices.hold(DeviceCall.SYNC)) {
                checkpoint = manager.checkpointAsync(METADATA.getBytes(StandardCharsets.UTF_8));
                inThreads((thread) -> work(work, thread, ~seed, this.changes, keys));

                hold.awaitCaller();
                assertThat(checkpoint).as("the checkpoint, while sync is held").isNotDone();
                assertThat(manager.lastCheckpoint()).isEmpty();
                assertThat(work.differences(work.values(), work.counts())).isEmpty();
            }
            assertThat(checkpoint.get().version()).isEqualTo(1);
            assertThat(work.differences(work.values(), work.counts())).isEmpty();
        }

        try (StateManager manager = StateManager.open(disk.roomyOptions(disk.log()))) {
            assertThat(manager.lastCheckpoint()).hasValueSatisfying(
                    (last) -> assertThat(last.metadata()).asString(StandardCharsets.UTF_8).isEqualTo(METADATA));
            assertThat(Work.on(manager, keys).differences(values, counts)).as("differences from the cut").isEmpty();
        }
        Torture.say(NAME, "seed %d: %d threads completed %d changes each while sync was held; the cut is exact", seed,
                THREADS, this.changes);
    }

    private static void work(Work work, int thread, long seed, int changes, int keys) {
        SplittableRandom random = Torture.random(seed, thread);
        for (int change = 0; change < changes; change++) {
            int key = random.nextInt((change % 2 == 0) ? OLD_KEYS : keys);
            work.change(thread, key, 1 + random.nextInt(100));
        }
    }

    private static void inThreads(IntConsumer task) {
        CompletableFuture<?>[] all = new CompletableFuture<?>[THREADS];
        for (int number = 0; number < THREADS; number++) {
            int thread = number;
            CompletableFuture<Void> done = new CompletableFuture<>();
            all[number] = done;
            new Thread(() -> {
                try {
                    task.accept(thread);
                    done.complete(null);
                }
                catch (Throwable ex) {
                    done.completeExceptionally(ex);
                }
            }, "writer-" + thread).start();
        }
        CompletableFuture.allOf(all).join();
    }

    private static long[][] copy(long[][] rows) {
        long[][] copy = new long[rows.length][];
        Arrays.setAll(copy, (row) -> rows[row].clone());
        return copy;
    }

}
