package io.flowstate.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;

/**
 * How quick are ordered stores whose entries fit in memory? Two million values of 100
 * bytes loaded in the order of keys, then random reads, random writes, and scans of 100
 * entries from a random key, by one thread, each of them warmed up first. A JVM for each
 * store; a store is asked in turn, since filling it takes longer than asking.
 *
 * <p>
 * A value that is read is an array of its own in every store; each scan must meet all its
 * entries, and the last write is read back.
 *
 * <p>
 * Expected: reads behind LMDB, which searches pages in mapped memory as we do in arrays,
 * but has no cache to look pages up in; writes before it, since nothing is copied twice;
 * scans level with it, since both walk along a leaf.
 */
public final class OrderedRun {

    private static final long SEED = 7;

    private static final int SCANNED = 100;

    private OrderedRun() {
    }

    /** Runs all stores, or with {@code child=} one. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        RunSettings settings = new RunSettings(arguments);
        String child = settings.text("child", "");
        if (!child.isEmpty()) {
            measure(OrderedKind.valueOf(child), settings);
            return;
        }
        RunTable table = new RunTable();
        for (String store : settings.list("stores", "FLOWSTATE,ROCKSDB,MVSTORE,XODUS,LMDB,SKIP_LIST,TREE_MAP")) {
            table.add(OrderedKind.valueOf(store).displayName(),
                    ForkedRun.of(OrderedRun.class, "4g",
                            List.of("child=" + store, "entries=" + settings.number("entries", 2_000_000),
                                    "millis=" + settings.number("millis", 3000))));
        }
        System.out.println(table);
    }

    private static void measure(OrderedKind kind, RunSettings settings) throws IOException {
        long entries = settings.number("entries", 0);
        long millis = settings.number("millis", 0);
        Path directory = Directories.create();
        try (OrderedStore store = kind.open(directory, new OrderedNeeds(1L << 30, false, false))) {
            System.out.println("# " + kind.displayName() + ": " + store.settings());
            byte[] value = new byte[Values.LENGTH];
            long start = System.nanoTime();
            for (long key = 0; key < entries; key++) {
                Values.fill(value, key);
                store.put(key, value);
            }
            ForkedRun.measured("load, M/s", 1e3 * (double) entries / (double) (System.nanoTime() - start));
            for (long key = 0; key < entries; key += 1 + entries / 10_000) {
                Values.check(key, store.get(key));
            }
            SplittableRandom random = new SplittableRandom(SEED);
            ForkedRun.measured("reads, M/s", rate(millis, random, entries, (key) -> {
                byte[] found = store.get(key);
                Values.requireSome((found != null) ? found.length : 0);
                return 1;
            }));
            ForkedRun.measured("scans, M entries/s",
                    rate(millis, random, Math.max(1, entries - SCANNED), (key) -> scanned(store, key)));
            long[] last = new long[1];
            ForkedRun.measured("writes, M/s", rate(millis, random, entries, (key) -> {
                Values.increment(value);
                store.put(key, value);
                last[0] = key;
                return 1;
            }));
            if (!Arrays.equals(value, store.get(last[0]))) {
                throw new IllegalStateException("wrong value of key " + last[0]);
            }
        }
        finally {
            Directories.delete(directory);
        }
    }

    private static int scanned(OrderedStore store, long from) {
        int met = store.scan(from, SCANNED);
        if (met != SCANNED) {
            throw new IllegalStateException("a scan from " + from + " met " + met + " entries");
        }
        return met;
    }

    /**
     * The median of three equal spans after one to warm up, in millions a second.
     * @param call takes a key and returns what it counts for
     */
    private static double rate(long millis, SplittableRandom random, long entries, LongUnaryOperator call) {
        double[] rates = new double[4];
        for (int span = 0; span < rates.length; span++) {
            long start = System.nanoTime();
            long nanos = millis * 1_000_000 / 3;
            long counted = 0;
            long elapsed = 0;
            while (elapsed < nanos) {
                for (int i = 0; i < 100; i++) {
                    counted += call.applyAsLong(random.nextLong(entries));
                }
                elapsed = System.nanoTime() - start;
            }
            rates[span] = 1e3 * (double) counted / (double) elapsed;
        }
        Arrays.sort(rates, 1, rates.length);
        return rates[2];
    }

}
