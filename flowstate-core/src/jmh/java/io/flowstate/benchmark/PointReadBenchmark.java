package io.flowstate.benchmark;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * How long does it take to get one value?
 *
 * <p>
 * Expected in memory: about half of {@code ConcurrentHashMap}, since both pay for a
 * dependent cache miss in the table and one or two in the entry, and ours also copies the
 * value out of the log, twice, and claims an epoch slot; at least five times RocksDB,
 * which goes through JNI, looks into the memtable and searches an index, then a block.
 * Beyond memory: most keys cost one read of the device, here answered by the page cache
 * of the operating system, and a checksum; RocksDB reads a block of 4 KiB in its stead.
 */
public class PointReadBenchmark {

    /** Gets the value of the next key. */
    @Benchmark
    public byte @Nullable [] read(FilledMap filled, Keys keys) {
        return filled.store.get(keys.next());
    }

}
