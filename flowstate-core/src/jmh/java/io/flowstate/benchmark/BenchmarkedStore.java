package io.flowstate.benchmark;

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

    /** Sets a value. The array stays the caller's, who will change it. */
    void put(long key, byte[] value);

    /** Adds one to the number at the beginning of a value. */
    void increment(long key);

    /** Adds to a counter and returns the sum. */
    long add(long key, long delta);

    @Override
    void close();

}
