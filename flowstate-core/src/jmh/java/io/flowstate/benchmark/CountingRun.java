package io.flowstate.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * What does counting cost whose counts survive? Five million counters, 20 million
 * additions to zipfian keys by one thread, and a checkpoint each two seconds, which the
 * writer asks for as soon as the one before is durable. Then the process is killed and
 * the store opened by another, which compares each counter with what the checkpoint found
 * must hold: its metadata say how many additions came before it.
 *
 * <p>
 * Each call is timed, with and without a {@link SpinningThread} beside it: the rate comes
 * from the run without.
 *
 * <p>
 * Expected: after each checkpoint the frequent counters are copied to the tail once, and
 * then added to in place, so hardly slower than without checkpoints; pauses are those of
 * the cut.
 */
public final class CountingRun {

    private static final long MEMORY = 1L << 30;

    /** Keys are drawn beforehand, and come again after so many. */
    private static final int DRAWN = 20_000_000;

    private CountingRun() {
    }

    /** Runs all stores, or with {@code child=} one. */
    public static void main(String[] arguments) throws IOException, InterruptedException, ExecutionException {
        RunSettings settings = new RunSettings(arguments);
        String child = settings.text("child", "");
        if (!child.isEmpty()) {
            measure(CountingKind.valueOf(child), settings);
            return;
        }
        RunTable table = new RunTable();
        for (String store : settings.list("stores", "FLOWSTATE,ROCKSDB,CONCURRENT_HASH_MAP")) {
            Map<String, String> results = new LinkedHashMap<>();
            for (String spin : List.of("false", "true")) {
                Path directory = Directories.create();
                try {
                    for (String step : List.of("count", "compare")) {
                        ForkedRun
                            .of(CountingRun.class, "4g",
                                    List.of("child=" + store, "step=" + step, "spin=" + spin, "directory=" + directory,
                                            "entries=" + settings.number("entries", 5_000_000),
                                            "updates=" + settings.number("updates", 20_000_000),
                                            "checkpoint-millis=" + settings.number("checkpoint-millis", 2000)))
                            .forEach(results::putIfAbsent);
                    }
                }
                finally {
                    Directories.delete(directory);
                }
            }
            table.add(CountingKind.valueOf(store).displayName(), results);
        }
        System.out.println(table);
    }

    private static void measure(CountingKind kind, RunSettings settings)
            throws InterruptedException, ExecutionException {
        Path directory = Path.of(settings.text("directory", ""));
        long entries = settings.number("entries", 0);
        long updates = settings.number("updates", 0);
        long[] keys = KeyDistribution.ZIPFIAN.sequence(entries, 0, DRAWN);
        if (settings.text("step", "").equals("count")) {
            count(kind.open(directory, MEMORY), entries, updates, keys, settings);
        }
        else {
            compare(kind, directory, entries, keys);
        }
    }

    /** The store stays open: the process is killed. */
    private static void count(CountingStore store, long entries, long updates, long[] keys, RunSettings settings)
            throws InterruptedException, ExecutionException {
        long intervalNanos = settings.number("checkpoint-millis", 0) * 1_000_000;
        System.out.println("# " + store.settings());
        for (long key = 0; key < entries; key++) {
            store.set(key, 0);
        }
        store.checkpoint(0).get();
        Latencies latencies = new Latencies();
        SpinningThread spinning = Boolean.parseBoolean(settings.text("spin", "false")) ? SpinningThread.start() : null;
        Future<?> checkpoint = CompletableFuture.completedFuture(null);
        int checkpoints = 0;
        long start = System.nanoTime();
        long last = start;
        long now = start;
        for (long done = 0; done < updates; done++) {
            if (now - last >= intervalNanos && checkpoint.isDone()) {
                last = now;
                checkpoint.get();
                checkpoint = store.checkpoint(done);
                checkpoints++;
                long after = System.nanoTime();
                latencies.record(after - now);
                now = after;
            }
            store.add(keys[(int) (done % keys.length)]);
            long after = System.nanoTime();
            latencies.record(after - now);
            now = after;
        }
        double seconds = (double) (now - start) / 1e9;
        if (spinning == null) {
            ForkedRun.measured("updates, M/s", (double) updates / seconds / 1e6);
            ForkedRun.result("checkpoints", checkpoints);
        }
        else {
            Latencies idle = spinning.stop();
            ForkedRun.measured("p99, us", (double) latencies.percentileNanos(99) / 1e3);
            ForkedRun.measured("p99.9, us", (double) latencies.percentileNanos(99.9) / 1e3);
            ForkedRun.measured("longest, ms", (double) latencies.maxNanos() / 1e6);
            ForkedRun.measured("spinning: p99.9, us", (double) idle.percentileNanos(99.9) / 1e3);
            ForkedRun.measured("spinning: longest, ms", (double) idle.maxNanos() / 1e6);
        }
        ForkedRun.awaitKill();
    }

    private static void compare(CountingKind kind, Path directory, long entries, long[] keys) {
        long start = System.nanoTime();
        try (CountingStore store = kind.open(directory, MEMORY)) {
            long first = store.get(0);
            ForkedRun.measured("reopening, ms", (double) (System.nanoTime() - start) / 1e6);
            long[] counts = new long[(int) entries];
            for (long done = 0; done < store.recovered(); done++) {
                counts[(int) keys[(int) (done % keys.length)]]++;
            }
            if (first != counts[0]) {
                throw new IllegalStateException("counter 0 is " + first + ", but was " + counts[0]);
            }
            for (int key = 0; key < entries; key++) {
                long found = store.get(key);
                if (found != counts[key]) {
                    throw new IllegalStateException("counter " + key + " is " + found + ", but was " + counts[key]);
                }
            }
            System.out.println("# all " + entries + " counters as after " + store.recovered() + " additions");
        }
    }

}
