package io.flowstate.torture;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.StateManagerStats;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.Storage;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;

/**
 * The process of {@link BigTest}: a map much larger than its memory is written,
 * checkpointed, read at random, scanned, closed, opened and read again, each value
 * compared. Says how long each step took and how much memory outside the heap, and
 * {@code DONE} at the end.
 */
final class BigChild {

    private static final int READS = 1_000_000;

    private static final int SCANS_BETWEEN_LINES = 1_000_000;

    private final long seed;

    private final int entries;

    private final StateManagerOptions options;

    private long stepBegan = System.nanoTime();

    private final DirectMemoryWatch memory = DirectMemoryWatch.start();

    private BigChild(Path directory, long seed, int entries, int memoryMegabytes) {
        this.seed = seed;
        this.entries = entries;
        boolean large = memoryMegabytes >= 64;
        this.options = StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .memorySize((long) memoryMegabytes << 20)
            .pageSize(large ? 4 << 20 : 1 << 20)
            .segmentSize(large ? 64 << 20 : 16 << 20)
            .indexMemory(24L * entries + (8 << 20))
            .build();
    }

    public static void main(String[] arguments) {
        new BigChild(Path.of(arguments[0]), Long.parseLong(arguments[1]), Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]))
            .run();
        CrashChild.say("DONE");
    }

    private void run() {
        write();
        say("closed");
        this.memory.awaitGivenBack(); // once no frame holds the store any more
        readAgain();
    }

    private void write() {
        try (StateManager manager = StateManager.open(this.options)) {
            MapState<Long, byte[]> map = map(manager);
            step(manager, "opened");
            for (int number = 0; number < this.entries; number++) {
                map.put(key(number), value(number, 0));
            }
            step(manager, "wrote " + this.entries + " entries");
            readAtRandom(map, this.entries / 10, 0);
            step(manager, "read " + this.entries / 10 + " entries at random before the checkpoint");
            for (int number = 0; number < this.entries; number += 3) {
                map.put(key(number), value(number, 1));
            }
            step(manager, "wrote a third of them again");
            manager.checkpoint();
            step(manager, "took a checkpoint");
            readAtRandom(map, READS, 1);
            step(manager, "read " + READS + " at random");
            scan(map);
            step(manager, "scanned");
            for (int number = 0; number < this.entries / 10; number++) {
                map.put(key(number), new byte[10]); // after the checkpoint: to be gone
            }
            step(manager, "wrote what no checkpoint has");
        }
    }

    private void readAgain() {
        try (StateManager manager = StateManager.open(this.options)) {
            step(manager, "opened, replaying " + manager.stats().replayedBytes() + " bytes,");
            MapState<Long, byte[]> map = map(manager);
            readAtRandom(map, READS, 1);
            step(manager, "read " + READS + " at random");
        }
    }

    private static MapState<Long, byte[]> map(StateManager manager) {
        return manager.scope("big").map("map", Serializers.int64(), Serializers.bytes());
    }

    private void readAtRandom(MapState<Long, byte[]> map, int count, int generation) {
        int stride = strideBelow(this.entries * 0.618);
        long number = 0;
        for (int turn = 0; turn < count; turn++) {
            number = (number + stride) % this.entries;
            checkValue((int) number, map.get(key((int) number)), generation);
        }
        check(map.get(key(this.entries)) == null, "a key that was never written has a value");
    }

    /** A stride that meets all numbers, in an order that jumps about. */
    private int strideBelow(double bound) {
        int stride = (int) bound;
        while (gcd(stride, this.entries) != 1) {
            stride--;
        }
        return stride;
    }

    private static int gcd(int one, int other) {
        return (other == 0) ? one : gcd(other, one % other);
    }

    private void scan(MapState<Long, byte[]> map) {
        BitSet seen = new BitSet(this.entries);
        int count = 0;
        try (StateCursor<Long, byte[]> cursor = map.cursor()) {
            while (cursor.advance()) {
                int number = number(cursor.key());
                check(!seen.get(number), "the cursor gave entry " + number + " twice");
                seen.set(number);
                checkValue(number, cursor.value(), 1);
                if (++count % SCANS_BETWEEN_LINES == 0) {
                    CrashChild.say("scanned " + count + " entries so far");
                }
            }
        }
        check(seen.cardinality() == this.entries, "the cursor gave " + seen.cardinality() + " entries");
    }

    private void checkValue(int number, byte @Nullable [] found, int generation) {
        byte[] expected = value(number, (number % 3 == 0) ? generation : 0);
        check(Arrays.equals(expected, found), "entry " + number + " has another value");
    }

    private static long key(int number) {
        return (long) number << 20 | 0xABCDE;
    }

    private int number(long key) {
        long number = key >> 20;
        check(number >= 0 && number < this.entries && key((int) number) == key, "a key that was never written: " + key);
        return (int) number;
    }

    /**
     * 100 bytes, or 20 to 99 if written again, that tell the entry, the generation and
     * the seed.
     */
    private byte[] value(int number, int generation) {
        SplittableRandom random = Torture.random(this.seed + generation, number);
        byte[] value = new byte[(generation == 0) ? 100 : 20 + random.nextInt(80)];
        random.nextBytes(value);
        return value;
    }

    private static void check(boolean right, String message) {
        if (!right) {
            throw new AssertionError(message);
        }
    }

    /** What is taken outside the heap is bounded, and known. */
    private void step(StateManager manager, String done) {
        StateManagerStats.Memory counted = manager.stats().memory();
        long ours = this.memory.usedBytes();
        check(Math.abs(counted.logBytes() + counted.indexBytes() - ours) <= ours / 50,
                "the statistics say " + counted + " but the JVM has given " + ours + " bytes");
        check(this.memory.mostBytes() <= this.options.memorySize() + 24L * this.entries + (32 << 20),
                this.memory.mostBytes() + " bytes of direct memory were in use");
        say(done);
    }

    private void say(String done) {
        long now = System.nanoTime();
        CrashChild.say(done + " in " + TimeUnit.NANOSECONDS.toMillis(now - this.stepBegan) + " ms, direct memory "
                + (this.memory.usedBytes() >> 20) + " MiB, at most " + (this.memory.mostBytes() >> 20) + " MiB");
        this.stepBegan = now;
    }

}
