package io.flowstate.benchmark;

import java.util.ArrayList;
import java.util.List;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.infra.Blackhole;

/**
 * How long does it take to get one of {@value #BATCH} values that are asked for together?
 * Ours by {@code getAll}, RocksDB by {@code multiGet}, the others one after the other.
 *
 * <p>
 * Expected in memory: ours half of a point read, since the cache misses of a batch
 * overlap. Beyond memory: what the device takes longer than memory overlaps too.
 */
public class BatchReadBenchmark {

    private static final int BATCH = 32;

    /** Gets the values of the next keys. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void readAll(FilledMap filled, Keys keys, Blackhole blackhole) {
        List<Long> batch = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            batch.add(keys.next());
        }
        filled.store.getAll(batch, (key, value) -> blackhole.consume(value));
    }

}
