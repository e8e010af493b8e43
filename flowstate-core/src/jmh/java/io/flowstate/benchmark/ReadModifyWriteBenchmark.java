package io.flowstate.benchmark;

import org.openjdk.jmh.annotations.Benchmark;

/**
 * How long does it take to change one value depending on what it was? Ours by
 * {@code compute}, which is atomic; {@code ConcurrentHashMap} likewise; RocksDB and
 * MVStore by a read and a write, which is not.
 *
 * <p>
 * Expected in memory: the time of a read plus that of a put, less the cache misses of the
 * second; at least five times RocksDB. Beyond memory: the device read of the point read,
 * then an append.
 */
public class ReadModifyWriteBenchmark {

    /** Adds one to the number in the value of the next key. */
    @Benchmark
    public void increment(FilledMap filled, Keys keys) {
        filled.store.increment(keys.next());
    }

}
