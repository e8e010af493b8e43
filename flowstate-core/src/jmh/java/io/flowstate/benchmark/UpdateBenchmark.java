package io.flowstate.benchmark;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * How long does it take to set one value of a key that is there?
 *
 * <p>
 * Expected in memory: as a read and a latch more, since the record is changed in place;
 * at least five times RocksDB, which sorts each change into a memtable and compacts in
 * the background, on the same processors. No checkpoint is taken meanwhile; after one,
 * the first change of a record copies it. Beyond memory: nothing is read; each change of
 * what is not in the changeable part goes to the tail, and the flusher's disk sets the
 * pace in the end.
 */
public class UpdateBenchmark {

    /** Sets the value of the next key. */
    @Benchmark
    public void put(FilledMap filled, Keys keys, OwnValue own) {
        Values.increment(own.value);
        filled.store.put(keys.next(), own.value);
    }

    /** The value that one thread sets, another number each time. */
    @State(Scope.Thread)
    public static class OwnValue {

        final byte[] value = Values.of(0);

    }

}
