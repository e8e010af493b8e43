package io.flowstate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many threads on the same keys, in little memory, with checkpoints, growth and cleaning
 * going on.
 */
@Timeout(120)
class ManyThreadsTest {

    private static final int THREADS = 4;

    private final Storage storage = Storage.of(LogDeviceFactory.inMemory(), CheckpointManager.inMemory());

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        this.threads.shutdownNow();
    }

    private StateManager open() {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(this.storage)
            .memorySize(5L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(2L * StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(32 << 20)
            .build());
    }

    /**
     * Runs the work in several threads while checkpoints are taken one after the other.
     */
    private void run(StateManager state, Callable<Void> work) throws Exception {
        run(state, THREADS, work);
    }

    private void run(StateManager state, int count, Callable<Void> work) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Future<Integer> checkpoints = this.threads.submit(() -> {
            int taken = 0;
            while (!done.get()) {
                state.checkpoint();
                taken++;
            }
            return taken;
        });
        List<Future<Void>> workers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            workers.add(this.threads.submit(work));
        }
        for (Future<Void> worker : workers) {
            worker.get();
        }
        done.set(true);
        assertThat(checkpoints.get()).isPositive();
    }

    @Test
    void noIncrementIsLost() throws Exception {
        int adding = 8;
        int additions = 50_000;
        int keys = 20_000;
        try (StateManager state = open()) {
            CounterState<Integer> counters = state.scope("s").counters("c", Serializers.int32());
            run(state, adding, () -> {
                SplittableRandom random = new SplittableRandom(Thread.currentThread().getId());
                for (int i = 0; i < additions; i++) {
                    counters.add(random.nextBoolean() ? random.nextInt(8) : random.nextInt(keys), 1);
                }
                return null;
            });
            assertThat(sum(counters)).isEqualTo((long) adding * additions);
            assertCleaned(state);
            state.checkpoint();
        }
        try (StateManager state = open()) {
            CounterState<Integer> counters = state.scope("s").counters("c", Serializers.int32());
            assertThat(sum(counters)).isEqualTo((long) adding * additions);
        }
    }

    /** The log was cleaned meanwhile, and what still counted was copied. */
    private static void assertCleaned(StateManager state) {
        assertThat(state.stats().cleaning().copiedBytes()).isPositive();
        assertThat(state.stats().cleaning().lastError()).isNull();
    }

    private static long sum(CounterState<Integer> counters) {
        long sum = 0;
        try (CounterState.Cursor<Integer> cursor = counters.cursor()) {
            while (cursor.advance()) {
                assertThat(counters.get(cursor.key())).isEqualTo(cursor.count());
                sum += cursor.count();
            }
        }
        return sum;
    }

    @Test
    void noMergeIsLostAndNoValueIsTorn() throws Exception {
        int merges = 20_000;
        int keys = 300;
        try (StateManager state = open()) {
            MapState<Integer, byte[]> map = state.scope("s").map("m", Serializers.int32(), Serializers.bytes());
            run(state, () -> {
                SplittableRandom random = new SplittableRandom(Thread.currentThread().getId());
                for (int i = 0; i < merges; i++) {
                    int key = random.nextInt(keys);
                    map.compute(key, (same, old) -> patterned(count(old) + 1));
                    count(map.get(random.nextInt(keys)));
                }
                return null;
            });
            long sum = 0;
            for (int key = 0; key < keys; key++) {
                sum += count(map.get(key));
            }
            assertThat(sum).isEqualTo((long) THREADS * merges);
        }
    }

    /** A value of changing length, all of whose bytes follow from its count. */
    private static byte[] patterned(int count) {
        byte[] value = new byte[4 + (count * 7) % 90];
        value[0] = (byte) count;
        value[1] = (byte) (count >> 8);
        value[2] = (byte) (count >> 16);
        for (int i = 3; i < value.length; i++) {
            value[i] = (byte) (count + i);
        }
        return value;
    }

    private static int count(byte[] value) {
        if (value == null) {
            return 0;
        }
        int count = (value[0] & 0xFF) | (value[1] & 0xFF) << 8 | (value[2] & 0xFF) << 16;
        assertThat(value).isEqualTo(patterned(count));
        return count;
    }

    @Test
    void cursorMeetsEachKeyThatStaysExactlyOnce() throws Exception {
        int stable = 3_000;
        try (StateManager state = open()) {
            MapState<Integer, Integer> map = state.scope("s").map("m", Serializers.int32(), Serializers.int32());
            for (int key = 0; key < stable; key++) {
                map.put(key, key);
            }
            run(state, () -> {
                SplittableRandom random = new SplittableRandom(Thread.currentThread().getId());
                for (int round = 0; round < 6; round++) {
                    for (int i = 0; i < 3_000; i++) {
                        map.put(random.nextInt(stable), random.nextInt(stable));
                        int other = stable + random.nextInt(20_000);
                        if (random.nextInt(3) == 0) {
                            map.remove(other);
                        }
                        else {
                            map.put(other, i);
                        }
                    }
                    assertMeetsEachOnce(map, stable);
                }
                return null;
            });
            assertCleaned(state);
        }
    }

    @Test
    void clearingWhileOthersWriteLeavesNothingAndCountsNothing() throws Exception {
        try (StateManager state = open()) {
            MapState<Integer, Integer> map = state.scope("s").map("m", Serializers.int32(), Serializers.int32());
            run(state, () -> {
                SplittableRandom random = new SplittableRandom(Thread.currentThread().getId());
                for (int i = 0; i < 60_000; i++) {
                    map.put(random.nextInt(20_000), i);
                    if (i % 5_000 == 0) {
                        map.clear();
                    }
                    else if (i % 7 == 0) {
                        map.remove(random.nextInt(20_000));
                    }
                }
                return null;
            });
            long bytes = map.size() * LogRecord.size(Integer.BYTES, Integer.BYTES);
            assertThat(state.stats().cleaning().liveBytes()).isBetween(bytes * 9 / 10, bytes * 11 / 10);
            map.clear();

            assertThat(map.size()).isZero();
            assertThat(state.stats().cleaning().liveBytes()).isZero();
            state.checkpoint();
        }
        try (StateManager state = open()) {
            MapState<Integer, Integer> map = state.scope("s").map("m", Serializers.int32(), Serializers.int32());
            assertThat(map.size()).isZero();
        }
    }

    private static void assertMeetsEachOnce(MapState<Integer, Integer> map, int stable) {
        Map<Integer, Integer> met = new HashMap<>();
        try (StateCursor<Integer, Integer> cursor = map.cursor()) {
            while (cursor.advance()) {
                met.merge(cursor.key(), 1, Integer::sum);
            }
        }
        assertThat(met.values()).allMatch((times) -> times == 1);
        assertThat(met.keySet().stream().filter((key) -> key < stable).count()).isEqualTo(stable);
    }

    @Test
    void aUnitIsInACheckpointWhollyOrNotAtAll() throws Exception {
        int accounts = 50;
        try (StateManager state = open()) {
            CounterState<Integer> balance = state.scope("s").counters("c", Serializers.int32());
            run(state, () -> {
                SplittableRandom random = new SplittableRandom(Thread.currentThread().getId());
                for (int i = 0; i < 30_000; i++) {
                    int from = random.nextInt(accounts);
                    int to = random.nextInt(accounts);
                    state.update(() -> {
                        balance.add(from, -3);
                        balance.add(to, 3);
                    });
                }
                return null;
            });
        }
        try (StateManager state = open()) {
            assertThat(sum(state.scope("s").counters("c", Serializers.int32()))).isZero();
        }
    }

}
