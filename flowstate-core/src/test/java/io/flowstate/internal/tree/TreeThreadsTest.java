package io.flowstate.internal.tree;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.StateCursor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Writers, readers and cursors at once: each writer has keys of its own, among which
 * others lie that never change.
 */
class TreeThreadsTest {

    private static final int WRITERS = 4;

    private static final int STEPS = 6_000;

    private static final int KEYS = 4_000;

    /** Every key of this kind is there throughout. */
    private static final int STABLE = 10;

    private final long seed = Long.getLong("flowstate.torture.seed", new SplittableRandom().nextLong());

    private final HeapPagedState state = new HeapPagedState(512, new SplittableRandom(this.seed));

    private final TreeSortedMap<Integer, byte[]> map = new TreeSortedMap<>(this.state, Serializers.int32(),
            Serializers.bytes());

    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final AtomicBoolean writing = new AtomicBoolean(true);

    @AfterEach
    void stop() {
        this.writing.set(false);
        this.threads.shutdownNow();
    }

    private static boolean isStable(int key) {
        return key % STABLE == 0;
    }

    private static byte[] value(int key, int length) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) key);
        return value;
    }

    @Test
    void cursorsMeetWhatIsThereThroughoutOnceAndInOrder() throws Exception {
        for (int key = 0; key < KEYS; key += STABLE) {
            this.map.put(key, value(key, (key % 7 == 0) ? 600 : 20));
        }
        List<Future<Map<Integer, byte[]>>> writers = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
            int number = writer;
            writers.add(this.threads.submit(() -> write(number)));
        }
        List<Future<?>> others = List.of(this.threads.submit(() -> walk(false)), this.threads.submit(() -> walk(true)),
                this.threads.submit(this::look));

        TreeMap<Integer, byte[]> expected = new TreeMap<>();
        for (int key = 0; key < KEYS; key += STABLE) {
            expected.put(key, value(key, (key % 7 == 0) ? 600 : 20));
        }
        for (Future<Map<Integer, byte[]>> writer : writers) {
            expected.putAll(get(writer));
        }
        this.writing.set(false);
        for (Future<?> other : others) {
            get(other);
        }

        TreeCheck.check(this.state);
        assertThat(this.map.asMap()).containsExactlyEntriesOf(expected);
        assertThat(this.map.size()).isEqualTo(expected.size());
    }

    private <T> T get(Future<T> future) throws InterruptedException {
        try {
            return future.get();
        }
        catch (ExecutionException ex) {
            throw new AssertionError(TreeSeeds.describe(this.seed), ex.getCause());
        }
    }

    /** Changes keys that no other thread changes, and knows what must be there. */
    private Map<Integer, byte[]> write(int writer) {
        SplittableRandom random = new SplittableRandom(this.seed + writer);
        Map<Integer, byte[]> mine = new TreeMap<>();
        for (int step = 0; step < STEPS; step++) {
            int key = random.nextInt(KEYS / WRITERS) * WRITERS + writer;
            if (isStable(key)) {
                continue;
            }
            byte[] value = value(key, random.nextInt((random.nextInt(20) == 0) ? 1_500 : 60));
            switch (random.nextInt(4)) {
                case 0 -> {
                    this.map.remove(key);
                    mine.remove(key);
                }
                case 1 -> {
                    byte[] merged = this.map.merge(key, value, (old, given) -> (old.length > 40) ? null : given);
                    assertThat(merged)
                        .isEqualTo(mine.merge(key, value, (old, given) -> (old.length > 40) ? null : given));
                }
                default -> {
                    this.map.put(key, value);
                    mine.put(key, value);
                }
            }
            assertThat(this.map.get(key)).isEqualTo(mine.get(key));
        }
        return mine;
    }

    private void walk(boolean backward) {
        SplittableRandom random = new SplittableRandom(this.seed - 1);
        while (this.writing.get()) {
            int start = random.nextInt(KEYS);
            int previous = backward ? start + 1 : start - 1;
            int expected = Math.floorDiv(backward ? start : start + STABLE - 1, STABLE) * STABLE;
            try (StateCursor<Integer, byte[]> cursor = backward ? this.map.cursorBackwardFrom(start)
                    : this.map.cursorFrom(start)) {
                while (cursor.advance()) {
                    int key = cursor.key();
                    assertThat(backward ? previous - key : key - previous).isPositive();
                    if (isStable(key)) {
                        assertThat(key).isEqualTo(expected);
                        expected += backward ? -STABLE : STABLE;
                    }
                    checkValue(key, cursor.value());
                    previous = key;
                }
            }
            assertThat(expected).isEqualTo(backward ? -STABLE : KEYS);
        }
    }

    private static void checkValue(int key, byte[] value) {
        for (byte each : value) {
            if (each != (byte) key) {
                throw new AssertionError("key " + key + " has a value with the byte " + each);
            }
        }
    }

    private void look() {
        SplittableRandom random = new SplittableRandom(this.seed - 2);
        while (this.writing.get()) {
            int key = random.nextInt(KEYS);
            int stable = key / STABLE * STABLE;
            checkValue(stable, this.map.get(stable));
            Map.Entry<Integer, byte[]> floor = this.map.floorEntry(key);
            assertThat(floor.getKey()).isBetween(stable, key);
            checkValue(floor.getKey(), floor.getValue());
            this.map.getAll(List.of(stable, key, 0), (each, value) -> {
                assertThat(value != null || !isStable(each)).isTrue();
                checkValue(each, (value != null) ? value : new byte[0]);
            });
        }
    }

    @Test
    void countsThatAreMergedByManyThreadsAreExact() throws Exception {
        TreeSortedMap<Integer, Long> counts = new TreeSortedMap<>(this.state, Serializers.int32(), Serializers.int64());
        List<Future<?>> adding = new ArrayList<>();
        for (int thread = 0; thread < WRITERS; thread++) {
            adding.add(this.threads.submit(() -> {
                for (int step = 0; step < 2_000; step++) {
                    counts.merge(step % 7, 1L, Long::sum);
                }
            }));
        }
        for (Future<?> each : adding) {
            get(each);
        }

        assertThat(counts.asMap().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(WRITERS * 2_000L);
    }

    @Test
    void entriesThatAreAppendedByManyThreadsAscend() throws Exception {
        TreeAppend<Integer, Integer> log = new TreeAppend<>(this.state, Serializers.int32(), Serializers.int32());
        List<Future<Integer>> appending = new ArrayList<>();
        for (int thread = 0; thread < WRITERS; thread++) {
            appending.add(this.threads.submit(() -> append(log)));
        }
        int appended = 0;
        for (Future<Integer> each : appending) {
            appended += get(each);
        }

        assertThat(log.size()).isEqualTo(appended);
        TreeCheck.check(this.state);
    }

    private static int append(TreeAppend<Integer, Integer> log) {
        int appended = 0;
        for (int key = 0; key < 2_000; key++) {
            try {
                log.append(key, key);
                appended++;
            }
            catch (IllegalArgumentException ex) {
                // another thread was faster
            }
        }
        return appended;
    }

}
