package io.flowstate.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;

/**
 * What do checkpoints of large values cost that do not fit in memory? 65,536 values of 16
 * KiB, 64 MB of memory, then 20 times: a twentieth rewritten at random, and a checkpoint;
 * the same 20 times before, to warm up. The writer goes on while a checkpoint is written,
 * if the store can, and waits for it before it asks for the next. Measured first alone;
 * then the store is reopened, all of it is checked, and the same is done once more beside
 * a {@link SpinningThread} for the pauses.
 *
 * <p>
 * Expected: each image is written once, and cleaning writes less than half as much again:
 * at least as quick as LMDB, whose commits hold the writer.
 */
public final class PagesRun {

    private static final long SEED = 11;

    private static final int VALUE_BYTES = 16 << 10;

    private static final OrderedNeeds NEEDS = new OrderedNeeds(64L << 20, true, true);

    private final int checkpoints;

    private final int[] rounds;

    private final LargeValues values = new LargeValues(VALUE_BYTES);

    private final SplittableRandom random = new SplittableRandom(SEED);

    private PagesRun(int entries, int checkpoints) {
        this.rounds = new int[entries];
        this.checkpoints = checkpoints;
    }

    /** Runs all stores, or with {@code child=} one. */
    public static void main(String[] arguments) throws IOException, InterruptedException, ExecutionException {
        RunSettings settings = new RunSettings(arguments);
        String child = settings.text("child", "");
        if (!child.isEmpty()) {
            Path directory = Directories.create();
            try {
                new PagesRun((int) settings.number("entries", 0), (int) settings.number("checkpoints", 0))
                    .measure(OrderedKind.valueOf(child), directory);
            }
            finally {
                Directories.delete(directory);
            }
            return;
        }
        RunTable table = new RunTable();
        for (String store : settings.list("stores", "FLOWSTATE,ROCKSDB,MVSTORE,XODUS,LMDB")) {
            table.add(OrderedKind.valueOf(store).displayName(),
                    ForkedRun.of(PagesRun.class, "1g",
                            List.of("child=" + store, "entries=" + settings.number("entries", 1 << 16),
                                    "checkpoints=" + (settings.quick() ? 2 : settings.number("checkpoints", 20)))));
        }
        System.out.println(table);
    }

    private void measure(OrderedKind kind, Path directory)
            throws IOException, InterruptedException, ExecutionException {
        try (OrderedStore store = kind.open(directory, NEEDS)) {
            System.out.println("# " + kind.displayName() + ": " + store.settings());
            for (int key = 0; key < this.rounds.length; key++) {
                store.put(key, this.values.of(key, 0));
            }
            store.checkpoint().get();
            rewrite(store, new Latencies(), () -> 0);
            long start = System.nanoTime();
            rewrite(store, new Latencies(), () -> 0);
            double seconds = (double) (System.nanoTime() - start) / 1e9;
            ForkedRun.measured("MB/s", (double) this.checkpoints * changes() * VALUE_BYTES / (1 << 20) / seconds);
        }
        ForkedRun.measured("disk, of live",
                (double) Directories.size(directory) / ((double) this.rounds.length * VALUE_BYTES));
        long start = System.nanoTime();
        try (OrderedStore store = kind.open(directory, NEEDS)) {
            this.values.check(0, this.rounds[0], store.get(0));
            ForkedRun.measured("reopening, ms", (double) (System.nanoTime() - start) / 1e6);
            for (int key = 0; key < this.rounds.length; key++) {
                this.values.check(key, this.rounds[key], store.get(key));
            }
            pauses(store);
        }
    }

    private int changes() {
        return this.rounds.length / 20;
    }

    /**
     * Rewrites and takes checkpoints.
     * @param latencies to record each call in, but not the wait for a checkpoint
     * @param idle what somebody else met since it was asked last
     */
    private Longest rewrite(OrderedStore store, Latencies latencies, LongSupplier idle)
            throws InterruptedException, ExecutionException {
        long[] longest = new long[this.checkpoints];
        long[] longestIdle = new long[this.checkpoints];
        long before = idle.getAsLong();
        assert before >= 0;
        Future<?> checkpoint = CompletableFuture.completedFuture(null);
        for (int round = 0; round < this.checkpoints; round++) {
            for (int i = 0; i < changes(); i++) {
                int key = this.random.nextInt(this.rounds.length);
                byte[] value = this.values.of(key, ++this.rounds[key]);
                long start = System.nanoTime();
                store.put(key, value);
                longest[round] = Math.max(longest[round], recorded(latencies, start));
            }
            checkpoint.get();
            long start = System.nanoTime();
            checkpoint = store.checkpoint();
            longest[round] = Math.max(longest[round], recorded(latencies, start));
            longestIdle[round] = idle.getAsLong();
        }
        checkpoint.get();
        return new Longest(longest, longestIdle);
    }

    private static long recorded(Latencies latencies, long start) {
        long nanos = System.nanoTime() - start;
        latencies.record(nanos);
        return nanos;
    }

    private void pauses(OrderedStore store) throws InterruptedException, ExecutionException {
        Latencies latencies = new Latencies();
        SpinningThread spinning = SpinningThread.start();
        Longest longest = rewrite(store, latencies, spinning::takeLongest);
        Latencies idle = spinning.stop();
        ForkedRun.measured("pause a checkpoint, median, ms", median(longest.calls()));
        ForkedRun.measured("longest, ms", (double) latencies.maxNanos() / 1e6);
        ForkedRun.measured("a call at p99.9, ms", (double) latencies.percentileNanos(99.9) / 1e6);
        ForkedRun.measured("spinning: a checkpoint, median, ms", median(longest.idle()));
        ForkedRun.measured("spinning: p99.9, ms", (double) idle.percentileNanos(99.9) / 1e6);
        ForkedRun.measured("spinning: longest, ms", (double) idle.maxNanos() / 1e6);
    }

    private static double median(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return (double) sorted[sorted.length / 2] / 1e6;
    }

    /**
     * What came around each checkpoint.
     *
     * @param calls the longest call of the writer, in nanoseconds
     * @param idle the longest lap of the thread that has nothing to do
     */
    private record Longest(long[] calls, long[] idle) {
    }

}
