package io.flowstate.torture;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.Storage;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;

/**
 * The process of {@link BigPagedTest}: a queue and a sorted map much larger than a cache
 * of 100 pages, each answer compared. Says how long each step took and what the heap
 * holds after it, and {@code DONE} at the end.
 */
final class BigPagedChild {

    private static final int CACHED_PAGES = 100;

    private static final long MOST_GROWTH_BYTES = 32 << 20;

    private static final int VALUE_BYTES = 24;

    private final SplittableRandom random;

    private final int elements;

    private final byte[] generations; // of each entry, 0 if there is none

    private final int operations;

    private final StateManagerOptions options;

    private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();

    private long heapBefore;

    private long stepBegan = System.nanoTime();

    private BigPagedChild(Path directory, long seed, int elements, int entries, int operations) {
        this.random = Torture.random(seed, 0);
        this.elements = elements;
        this.generations = new byte[entries];
        this.operations = operations;
        this.options = StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .temporaryDirectory(directory.resolve("temporary"))
            .memorySize(8 << 20)
            .pageSize(1 << 20)
            .indexMemory(8 << 20)
            .statePageSize(8 << 10)
            .cachePageCount(CACHED_PAGES)
            .checkpointsToKeep(1)
            .build();
    }

    public static void main(String[] arguments) {
        new BigPagedChild(Path.of(arguments[0]), Long.parseLong(arguments[1]), Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]))
            .run();
        CrashChild.say("DONE");
    }

    private void run() {
        long left;
        try (StateManager manager = StateManager.open(this.options)) {
            this.heapBefore = heapBytes();
            left = useQueue(manager);
            fillMap(manager);
            operate(manager);
            scan(manager);
        }
        try (StateManager manager = StateManager.open(this.options)) {
            step(manager, "opened again");
            scan(manager);
            drainQueue(manager, left);
        }
    }

    // The queue

    private static QueueState<Long> queue(StateManager manager) {
        return manager.scope("big").queue("queue", Serializers.int64());
    }

    /** Fills it, takes half of it from both ends, and returns the first that is left. */
    private long useQueue(StateManager manager) {
        QueueState<Long> queue = queue(manager);
        for (long number = 0; number < this.elements; number++) {
            queue.addLast(number);
        }
        check(queue.size() == this.elements, "the queue has another size");
        step(manager, "added " + this.elements + " elements");
        manager.checkpoint();
        long quarter = this.elements / 4;
        for (long number = 0; number < quarter; number++) {
            checkNumber(number, queue.pollFirst());
            checkNumber(this.elements - 1 - number, queue.pollLast());
        }
        step(manager, "took half of them from both ends");
        return quarter;
    }

    private void drainQueue(StateManager manager, long first) {
        QueueState<Long> queue = queue(manager);
        for (long number = first; number < this.elements - first; number++) {
            checkNumber(number, queue.pollFirst());
        }
        check(queue.isEmpty(), "the queue has more");
        step(manager, "took the rest of the queue");
    }

    private static void checkNumber(long expected, @Nullable Long found) {
        check(found != null && found == expected, "expected element " + expected + ", found " + found);
    }

    // The sorted map

    private static SortedMapState<Long, byte[]> map(StateManager manager) {
        return manager.scope("big").sortedMap("sorted", Serializers.int64(), Serializers.bytes());
    }

    private static byte[] value(int number, int generation) {
        byte[] value = new byte[VALUE_BYTES];
        SplittableRandom bits = new SplittableRandom((long) number << 8 | generation);
        ByteBuffer.wrap(value).putLong(bits.nextLong()).putLong(bits.nextLong()).putLong(bits.nextLong());
        return value;
    }

    /** Every other key, then those between them. */
    private void fillMap(StateManager manager) {
        SortedMapState<Long, byte[]> map = map(manager);
        for (int first = 0; first < 2; first++) {
            for (int number = first; number < this.generations.length; number += 2) {
                map.put((long) number, value(number, 1));
                this.generations[number] = 1;
            }
            step(manager, "wrote " + this.generations.length / 2 + " entries");
            manager.checkpoint();
            step(manager, "took a checkpoint");
        }
        check(map.size() == this.generations.length, "the map has another size");
    }

    private void operate(StateManager manager) {
        SortedMapState<Long, byte[]> map = map(manager);
        for (int tenth = 0; tenth < 10; tenth++) {
            for (int operation = 0; operation < this.operations / 10; operation++) {
                operate(map, this.random.nextInt(this.generations.length));
            }
            step(manager, "made " + this.operations / 10 + " random operations");
            manager.checkpoint();
        }
        step(manager, "took a checkpoint");
    }

    private void operate(SortedMapState<Long, byte[]> map, int number) {
        switch (this.random.nextInt(10)) {
            case 0, 1, 2 -> {
                this.generations[number] = (byte) (this.generations[number] % 100 + 1);
                map.put((long) number, value(number, this.generations[number]));
            }
            case 3 -> {
                this.generations[number] = 0;
                map.remove((long) number);
            }
            case 4 -> {
                Map.Entry<Long, byte[]> found = map.ceilingEntry((long) number);
                int next = next(number);
                check((found == null) ? next < 0 : found.getKey() == next, "another ceiling of " + number);
                checkValue(next, (found != null) ? found.getValue() : null);
            }
            case 5 -> scan(map, number, 20);
            default -> checkValue(number, map.get((long) number));
        }
    }

    /** The next number that has an entry, or -1. */
    private int next(int number) {
        for (int next = number; next < this.generations.length; next++) {
            if (this.generations[next] != 0) {
                return next;
            }
        }
        return -1;
    }

    private void scan(StateManager manager) {
        SortedMapState<Long, byte[]> map = map(manager);
        int entries = scan(map, 0, Integer.MAX_VALUE);
        check(map.size() == entries, "the map has another size");
        step(manager, "scanned " + entries + " entries");
    }

    private int scan(SortedMapState<Long, byte[]> map, int from, int most) {
        int expected = next(from);
        int count = 0;
        try (StateCursor<Long, byte[]> cursor = map.cursorFrom((long) from)) {
            while (count < most && cursor.advance()) {
                check(cursor.key() == expected, "the cursor gave " + cursor.key() + " instead of " + expected);
                checkValue(expected, cursor.value());
                expected = next(expected + 1);
                count++;
            }
        }
        check(count == most || expected < 0, "the cursor ended before " + expected);
        return count;
    }

    private void checkValue(int number, byte @Nullable [] found) {
        int generation = (number < 0) ? 0 : this.generations[number];
        boolean same = (found == null) ? generation == 0
                : generation != 0 && Arrays.equals(found, value(number, generation));
        check(same, "entry " + number + " has another value");
    }

    // What is watched

    private long heapBytes() {
        System.gc();
        return this.memory.getHeapMemoryUsage().getUsed();
    }

    private void step(StateManager manager, String what) {
        long growth = heapBytes() - this.heapBefore;
        CrashChild.say(String.format("%s in %.1f s, the heap holds %.1f MB more than before, %d pages cached", what,
                (System.nanoTime() - this.stepBegan) / (double) TimeUnit.SECONDS.toNanos(1), growth / 1e6,
                manager.stats().pages().cached()));
        check(growth <= MOST_GROWTH_BYTES, "the heap has grown by " + growth + " bytes");
        check(manager.stats().pages().cached() <= 2 * CACHED_PAGES,
                manager.stats().pages().cached() + " pages are cached");
        this.stepBegan = System.nanoTime();
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }

}
