package io.flowstate.benchmark;

import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/** An ordered store as a run sees it, from numbers to bytes. One thread uses it. */
interface OrderedStore extends AutoCloseable {

    /** What it was set up with, for the report. */
    String settings();

    void put(long key, byte[] value);

    byte @Nullable [] get(long key);

    /**
     * Visits entries in the order of keys and looks at each value.
     * @return how many entries were met
     */
    int scan(long from, int count);

    /**
     * Makes durable all that was put before, in the background if the store can.
     * @return done once it is durable
     */
    Future<?> checkpoint();

    @Override
    void close();

}
