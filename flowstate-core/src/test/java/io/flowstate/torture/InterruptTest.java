package io.flowstate.torture;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.flowstate.StateManager;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import io.flowstate.state.ValueState;
import io.flowstate.storage.StateInterruptedException;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that make all kinds of calls are interrupted at random moments. A call either
 * completes, with the flag kept, or throws {@link StateInterruptedException}, with the
 * flag set, and then it was not done: a model of each thread's own keys that believes
 * this agrees with the store all along and after reopening. A thread that nobody
 * interrupts notices nothing. More with {@code -Dflowstate.torture.interrupts=20000}.
 */
class InterruptTest {

    private static final String NAME = "interrupt";

    private static final int THREADS = 4; // the last one is never interrupted

    private static final int KEYS = 25; // of each thread

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whetherAnInterruptedCallWasDoneIsNeverInDoubt() throws Exception {
        long seed = Torture.seed(NAME);
        int interrupts = Torture.count("interrupts", 300);
        MemoryDisk disk = MemoryDisk.empty();
        List<Worker> workers = new ArrayList<>();
        AtomicBoolean finished = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (StateManager manager = StateManager.open(disk.options(0))) {
            List<Future<Void>> futures = new ArrayList<>();
            for (int number = 0; number < THREADS; number++) {
                Worker worker = new Worker(manager, number, Torture.random(seed, number), finished);
                workers.add(worker);
                futures.add(threads.submit(worker));
            }
            try {
                InterruptedWorker.interrupt(workers.subList(0, THREADS - 1), futures, interrupts,
                        Torture.random(seed, -1));
            }
            finally {
                finished.set(true);
            }
            for (Future<Void> future : futures) {
                future.get();
            }
            manager.checkpoint();
        }
        finally {
            threads.shutdownNow();
        }

        try (StateManager manager = StateManager.open(disk.options(1))) {
            for (Worker worker : workers) {
                new Worker(manager, worker).checkAll();
            }
        }
        long calls = workers.stream().mapToLong(InterruptedWorker::calls).sum();
        long refused = workers.stream().mapToLong(InterruptedWorker::refused).sum();
        Torture.say(NAME, "seed %d: %d interrupts, %d calls, %d of them interrupted before they were done %s", seed,
                interrupts, calls, refused, InterruptedWorker.kindsRefused(workers));
        assertThat(workers.get(THREADS - 1).refused()).isZero();
        assertThat(refused).isPositive();
    }

    /** A thread with keys of its own, and a model of them. */
    private static final class Worker extends InterruptedWorker {

        private final StateManager manager;

        private final MapState<Integer, byte[]> map;

        private final CounterState<Integer> counters;

        private final ValueState<String> value;

        private final SortedMapState<Integer, byte[]> sorted;

        private final QueueState<byte[]> queue; // the worker's own

        private final int number;

        private final Map<Integer, byte[]> entries; // the worker's thread only, as all
                                                    // below

        private final Map<Integer, Long> counts;

        private final Map<Integer, byte[]> sortedEntries;

        private final Deque<byte[]> elements;

        private @Nullable String text;

        Worker(StateManager manager, int number, SplittableRandom random, AtomicBoolean finished) {
            this(manager, number, random, finished, new HashMap<>(), new HashMap<>(), new TreeMap<>(),
                    new ArrayDeque<>(), null);
        }

        /** Expects in another store what a worker has left in one. */
        Worker(StateManager manager, Worker other) {
            this(manager, other.number, other.random, new AtomicBoolean(), other.entries, other.counts,
                    other.sortedEntries, other.elements, other.text);
        }

        private Worker(StateManager manager, int number, SplittableRandom random, AtomicBoolean finished,
                Map<Integer, byte[]> entries, Map<Integer, Long> counts, Map<Integer, byte[]> sortedEntries,
                Deque<byte[]> elements, @Nullable String text) {
            super(random, finished);
            this.manager = manager;
            StateScope scope = manager.scope("interrupt");
            this.map = scope.map("map", Serializers.int32(), Serializers.bytes());
            this.counters = scope.counters("counters", Serializers.int32());
            this.value = scope.value("value " + number, Serializers.string());
            this.sorted = scope.sortedMap("sorted", Serializers.int32(), Serializers.bytes());
            this.queue = scope.queue("queue " + number, Serializers.bytes());
            this.number = number;
            this.entries = entries;
            this.counts = counts;
            this.sortedEntries = sortedEntries;
            this.elements = elements;
            this.text = text;
        }

        @Override
        String nextKind() {
            int kind = this.random.nextInt(100);
            return (kind < 80) ? "operation" : (kind < 94) ? "unit"
                    : (kind < 95) ? "scan" : (kind < 97) ? "checkpoint" : (kind < 98) ? "checkpointAsync" : "stats";
        }

        @Override
        void callOnce(String name) {
            switch (name) {
                case "operation" -> operate();
                case "unit" -> this.manager.update(() -> {
                    for (int turn = this.random.nextInt(6); turn >= 0; turn--) {
                        operate();
                    }
                });
                case "scan" -> scan();
                case "checkpoint" -> this.manager.checkpoint();
                case "checkpointAsync" -> checkpointAsync();
                default -> assertThat(this.manager.stats().checkpoints().failed()).isZero();
            }
        }

        private void checkpointAsync() {
            try {
                this.manager.checkpointAsync(new byte[] { (byte) this.number }).join();
            }
            catch (CompletionException ex) {
                throw new AssertionError("a checkpoint that was begun failed", ex);
            }
        }

        /** One change or look-up; the model follows when it has returned. */
        private void operate() {
            int key = this.number * 1000 + this.random.nextInt(KEYS);
            byte[] bytes = new byte[this.random.nextInt((this.random.nextInt(20) == 0) ? 20_000 : 3_000)];
            Arrays.fill(bytes, (byte) this.random.nextInt());
            switch (this.random.nextInt(20)) {
                case 0, 1, 2 -> {
                    this.map.put(key, bytes);
                    this.entries.put(key, bytes);
                }
                case 3 -> {
                    this.map.remove(key);
                    this.entries.remove(key);
                }
                case 4 -> {
                    byte[] merged = this.map.merge(key, bytes, InterruptTest::merged);
                    assertThat(merged).isEqualTo(this.entries.merge(key, bytes, InterruptTest::merged));
                }
                case 5 -> {
                    boolean removes = this.random.nextInt(3) == 0;
                    this.map.compute(key, (same, old) -> computed(old, bytes, removes));
                    this.entries.compute(key, (same, old) -> computed(old, bytes, removes));
                }
                case 6, 7 -> assertThat(this.map.get(key)).as("key %d", key).isEqualTo(this.entries.get(key));
                case 8 -> assertThat(this.map.containsKey(key)).isEqualTo(this.entries.containsKey(key));
                case 9, 10 -> {
                    long sum = this.counters.add(key, bytes.length);
                    assertThat(sum).as("sum of %d", key)
                        .isEqualTo(this.counts.merge(key, (long) bytes.length, Long::sum));
                }
                case 11, 12, 13, 14 -> operateOnSortedMap(key, bytes);
                case 15, 16, 17 -> {
                    this.queue.addLast(bytes);
                    this.elements.addLast(bytes);
                }
                case 18 -> {
                    byte[] first = this.queue.pollFirst();
                    assertThat(first).as("first element").isEqualTo(this.elements.pollFirst());
                }
                default -> {
                    String text = "text " + bytes.length;
                    this.value.set(text);
                    this.text = text;
                }
            }
        }

        private void operateOnSortedMap(int key, byte[] bytes) {
            switch (this.random.nextInt(5)) {
                case 0 -> {
                    this.sorted.remove(key);
                    this.sortedEntries.remove(key);
                }
                case 1 -> {
                    byte[] merged = this.sorted.merge(key, bytes, InterruptTest::merged);
                    assertThat(merged).isEqualTo(this.sortedEntries.merge(key, bytes, InterruptTest::merged));
                }
                case 2 ->
                    assertThat(this.sorted.get(key)).as("sorted key %d", key).isEqualTo(this.sortedEntries.get(key));
                default -> {
                    this.sorted.put(key, bytes);
                    this.sortedEntries.put(key, bytes);
                }
            }
        }

        private void scan() {
            scanPages();
            Map<Integer, byte[]> found = new HashMap<>();
            try (StateCursor<Integer, byte[]> cursor = this.map.cursor()) {
                while (cursor.advance()) {
                    if (cursor.key() / 1000 == this.number) {
                        assertThat(found.put(cursor.key(), cursor.value())).as("met twice").isNull();
                    }
                }
            }
            assertSame(found, this.entries);
        }

        private void scanPages() {
            Map<Integer, byte[]> found = new TreeMap<>();
            try (StateCursor<Integer, byte[]> cursor = this.sorted.range(this.number * 1000,
                    this.number * 1000 + 1000)) {
                while (cursor.advance()) {
                    found.put(cursor.key(), cursor.value());
                }
            }
            assertSame(found, this.sortedEntries);
            Iterator<byte[]> expected = this.elements.iterator();
            this.queue.forEach((element) -> assertThat(element).isEqualTo(expected.next()));
            assertThat(expected.hasNext()).as("whether the queue should have more").isFalse();
        }

        private static void assertSame(Map<Integer, byte[]> found, Map<Integer, byte[]> expected) {
            assertThat(found.keySet()).isEqualTo(expected.keySet());
            found.forEach((key, bytes) -> assertThat(bytes).as("key %d", key).isEqualTo(expected.get(key)));
        }

        @Override
        void checkAll() {
            scan();
            for (int key = this.number * 1000; key < this.number * 1000 + KEYS; key++) {
                assertThat(this.map.get(key)).as("key %d", key).isEqualTo(this.entries.get(key));
                assertThat(this.counters.get(key)).as("count %d", key).isEqualTo(this.counts.getOrDefault(key, 0L));
            }
            assertThat(this.value.get()).isEqualTo(this.text);
        }

    }

    private static byte[] merged(byte[] old, byte[] added) {
        byte[] longer = Arrays.copyOf(old, Math.min(old.length + added.length + 1, 10_000));
        longer[longer.length - 1]++;
        return longer;
    }

    private static byte @Nullable [] computed(byte @Nullable [] old, byte[] bytes, boolean removes) {
        return removes ? null : (old != null && old.length > 0) ? Arrays.copyOf(old, old.length / 2) : bytes;
    }

}
