package io.flowstate.benchmark;

import java.util.List;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;

/**
 * A store as a benchmark sees it: values of bytes and, beside them, counters, both by
 * numbers. Any number of threads may call everything but filling and closing.
 */
interface BenchmarkedStore extends AutoCloseable {

    /** What it was set up with, for the report. */
    String settings();

    /**
     * Gives each key below a number the value that {@link Values} says, and brings the
     * store to the state in which it reads best.
     */
    void fill(long entries);

    /** Sets the counter of each key below a number to the key. */
    void fillCounters(long entries);

    /** The value of a key, in an array that the thread's next call may overwrite. */
    byte @Nullable [] get(long key);

    /**
     * Looks up many keys. Only where a store has a call for this does it differ from one
     * look-up after the other.
     * @param consumer receives each key and its value, or null
     */
    default void getAll(List<Long> keys, BiConsumer<Long, byte @Nullable []> consumer) {
        keys.forEach((key) -> consumer.accept(key, get(key)));
    }

    /** Sets a value. The array stays the caller's, who will change it. */
    void put(long key, byte[] value);

    /** Adds one to the number at the beginning of a value. */
    void increment(long key);

    /** Adds to a counter and returns the sum. */
    long add(long key, long delta);

    @Override
    void close();

}
