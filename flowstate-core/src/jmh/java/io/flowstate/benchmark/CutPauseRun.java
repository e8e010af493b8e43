package io.flowstate.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * How long is a writer held while 1 GB of modified pages is cut and written? All of
 * 65,536 values of 16 KiB are modified and in memory; then a checkpoint is asked for, and
 * the writer changes random ones until it is durable. A {@link SpinningThread} says what
 * the machine alone makes of it.
 *
 * <p>
 * Expected: the cut only takes lists of pages away, whatever their number: below 5 ms at
 * the 99.9th percentile. What stays is copying a page of 16 KiB at its first change.
 */
public final class CutPauseRun {

    private static final int VALUE_BYTES = 16 << 10;

    private CutPauseRun() {
    }

    /** Runs it in a JVM of its own. */
    public static void main(String[] arguments) throws IOException, InterruptedException, ExecutionException {
        RunSettings settings = new RunSettings(arguments);
        if (!settings.text("child", "").isEmpty()) {
            Path directory = Directories.create();
            try {
                measure(directory, (int) settings.number("entries", 0));
            }
            finally {
                Directories.delete(directory);
            }
            return;
        }
        Map<String, String> results = ForkedRun.of(CutPauseRun.class, "6g",
                List.of("child=FLOWSTATE", "entries=" + settings.number("entries", 1 << 16)));
        RunTable table = new RunTable();
        table.add(OrderedKind.FLOWSTATE.displayName(), results);
        System.out.println(table);
    }

    private static void measure(Path directory, int entries)
            throws IOException, InterruptedException, ExecutionException {
        LargeValues values = new LargeValues(VALUE_BYTES);
        SplittableRandom random = new SplittableRandom(entries);
        try (OrderedStore store = OrderedKind.FLOWSTATE.open(directory, new OrderedNeeds(4L << 30, true, true))) {
            System.out.println("# " + OrderedKind.FLOWSTATE.displayName() + ": " + store.settings());
            for (int round = 0; round < 2; round++) {
                for (int key = 0; key < entries; key++) {
                    store.put(key, values.of(key, round));
                }
                if (round == 0) {
                    store.checkpoint().get();
                }
            }
            Latencies latencies = new Latencies();
            SpinningThread spinning = SpinningThread.start();
            long start = System.nanoTime();
            Future<?> checkpoint = store.checkpoint();
            long cut = System.nanoTime() - start;
            latencies.record(cut);
            long calls = 1;
            while (!checkpoint.isDone()) {
                int key = random.nextInt(entries);
                byte[] value = values.of(key, 2);
                long begun = System.nanoTime();
                store.put(key, value);
                latencies.record(System.nanoTime() - begun);
                calls++;
            }
            checkpoint.get();
            long elapsed = System.nanoTime() - start;
            Latencies idle = spinning.stop();
            ForkedRun.result("written in, ms", elapsed / 1_000_000);
            ForkedRun.result("calls meanwhile", calls);
            millis("the call that cuts, ms", cut);
            millis("p99, ms", latencies.percentileNanos(99));
            millis("p99.9, ms", latencies.percentileNanos(99.9));
            millis("longest, ms", latencies.maxNanos());
            millis("spinning: p99.9, ms", idle.percentileNanos(99.9));
            millis("spinning: longest, ms", idle.maxNanos());
        }
    }

    private static void millis(String name, long nanos) {
        ForkedRun.measured(name, (double) nanos / 1e6);
    }

}
