package io.flowstate.benchmark;

import org.openjdk.jmh.annotations.Benchmark;

/**
 * How long does it take to add to one counter and learn the sum? Ours by
 * {@code CounterState.add}; {@code ConcurrentHashMap} by {@code merge} of boxed numbers;
 * RocksDB and MVStore by a read and a write, which is not atomic.
 *
 * <p>
 * Expected in memory: quicker than a put, since eight bytes are added to in place, and
 * level with {@code ConcurrentHashMap}, which allocates a number each time; well over
 * five times RocksDB. Beyond memory: as the read-modify-write, but more records fit.
 */
public class CounterAddBenchmark {

    /** Adds one to the counter of the next key. */
    @Benchmark
    public long add(FilledCounters filled, Keys keys) {
        return filled.store.add(keys.next(), 1);
    }

}
