package io.flowstate.benchmark;

import java.util.concurrent.Future;

/** Counters as {@link CountingRun} sees them. One thread uses them. */
interface CountingStore extends AutoCloseable {

    /** What it was set up with, for the report. */
    String settings();

    void set(long key, long count);

    long add(long key);

    long get(long key);

    /**
     * Takes a checkpoint of exactly what was done before.
     * @param done how many additions that was; kept with it
     * @return done once it is durable
     */
    Future<?> checkpoint(long done);

    /** What was given with the checkpoint that was found at opening. */
    long recovered();

    @Override
    void close();

}
