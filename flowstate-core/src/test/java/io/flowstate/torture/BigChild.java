package io.flowstate.torture;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;

/**
 * The process of {@link BigTest}: a map much larger than its memory is written,
 * checkpointed, read at random, scanned, closed, opened and read again, each value
 * compared. Says how long each step took, and {@code DONE} at the end.
 */
final class BigChild {

    private final long seed;

    private final int entries;

    private final StateManagerOptions options;

    private long stepBegan = System.nanoTime();

    private BigChild(Path directory, long seed, int entries) {
        this.seed = seed;
        this.entries = entries;
        this.options = StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .memorySize(8 << 20)
            .pageSize(1 << 20)
            .segmentSize(16 << 20)
            .indexMemory(32 << 20)
            .build();
    }

    public static void main(String[] arguments) {
        new BigChild(Path.of(arguments[0]), Long.parseLong(arguments[1]), Integer.parseInt(arguments[2])).run();
        CrashChild.say("DONE");
    }

    private void run() {
        try (StateManager manager = StateManager.open(this.options)) {
            MapState<Long, byte[]> map = map(manager);
            step("opened");
            for (int number = 0; number < this.entries; number++) {
                map.put(key(number), value(number, 0));
            }
            step("wrote " + this.entries + " entries");
            readAtRandom(map, this.entries / 10, 0);
            step("read " + this.entries / 10 + " entries at random before the checkpoint");
            for (int number = 0; number < this.entries; number += 3) {
                map.put(key(number), value(number, 1));
            }
            step("wrote a third of them again");
            manager.checkpoint();
            step("took a checkpoint");
            readAtRandom(map, this.entries, 1);
            step("read all at random");
            scan(map);
            step("scanned");
            for (int number = 0; number < this.entries / 10; number++) {
                map.put(key(number), new byte[10]); // after the checkpoint: to be gone
            }
            check(manager.stats().memory().logBytes() <= this.options.memorySize(), "memory-size is exceeded");
            check(manager.stats().memory().indexBytes() <= this.options.indexMemory(), "index-memory is exceeded");
        }
        step("closed");
        try (StateManager manager = StateManager.open(this.options)) {
            step("opened");
            MapState<Long, byte[]> map = map(manager);
            readAtRandom(map, this.entries, 1);
            step("read all at random");
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
        try (StateCursor<Long, byte[]> cursor = map.cursor()) {
            while (cursor.advance()) {
                int number = number(cursor.key());
                check(!seen.get(number), "the cursor gave entry " + number + " twice");
                seen.set(number);
                checkValue(number, cursor.value(), 1);
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

    /** 20 to 99 bytes that tell the entry, the generation and the seed. */
    private byte[] value(int number, int generation) {
        SplittableRandom random = Torture.random(this.seed + generation, number);
        byte[] value = new byte[20 + random.nextInt(80)];
        random.nextBytes(value);
        return value;
    }

    private static void check(boolean right, String message) {
        if (!right) {
            throw new AssertionError(message);
        }
    }

    private void step(String done) {
        long now = System.nanoTime();
        CrashChild.say(done + " in " + TimeUnit.NANOSECONDS.toMillis(now - this.stepBegan) + " ms");
        this.stepBegan = now;
    }

}
