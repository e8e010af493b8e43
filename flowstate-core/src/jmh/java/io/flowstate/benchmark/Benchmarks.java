package io.flowstate.benchmark;

import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks and prints how ours compare; the arguments are those of
 * {@link BenchmarkSettings}.
 */
public final class Benchmarks {

    private static final String OPENING = OpeningBenchmark.class.getSimpleName();

    private Benchmarks() {
    }

    /** Runs what the arguments ask for. */
    public static void main(String[] arguments) throws RunnerException {
        BenchmarkSettings settings = BenchmarkSettings.parse(arguments);
        ResultTable table = new ResultTable();
        for (String memory : settings.memories()) {
            for (int threads : settings.threads()) {
                run(comparison(settings, memory, threads), table);
            }
        }
        run(opening(settings), table);
        System.out.println(table);
    }

    private static void run(ChainedOptionsBuilder options, ResultTable table) throws RunnerException {
        try {
            table.add(new Runner(options.build()).run());
        }
        catch (NoBenchmarksException ex) {
            System.out.println("# none of these benchmarks asked for");
        }
    }

    private static ChainedOptionsBuilder common(BenchmarkSettings settings) {
        ChainedOptionsBuilder options = new OptionsBuilder().forks(settings.forks())
            .shouldFailOnError(true)
            // touched beforehand: else page faults of a new heap are measured, as many as
            // it has not used yet
            .jvmArgs("-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch",
                    "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
        for (String profiler : settings.profilers()) {
            String[] parts = profiler.split(":", 2);
            options.addProfiler(parts[0], (parts.length == 2) ? parts[1] : "");
        }
        return options;
    }

    /** The benchmarks that compare stores, which all have these parameters. */
    private static ChainedOptionsBuilder comparison(BenchmarkSettings settings, String memory, int threads) {
        String[] stores = settings.stores()
            .stream()
            .filter((store) -> memory.equals(Memory.IN_MEMORY.name()) || !store.equals("CONCURRENT_HASH_MAP"))
            .toArray(String[]::new);
        return common(settings).include("^(?!.*" + OPENING + ").*(" + settings.include() + ")")
            .mode(Mode.Throughput)
            .timeUnit(TimeUnit.SECONDS)
            .warmupIterations(2)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(settings.iterations())
            .measurementTime(TimeValue.seconds(1))
            .threads(threads)
            .param("kind", stores)
            .param("memory", memory)
            .param("keys", settings.keys().toArray(String[]::new))
            .param("entries", Long.toString(settings.entries()));
    }

    private static ChainedOptionsBuilder opening(BenchmarkSettings settings) {
        return common(settings).include("(?=.*" + OPENING + ").*(" + settings.include() + ")")
            .warmupIterations(1)
            .measurementIterations(settings.iterations())
            .param("openingEntries", Long.toString(settings.openingEntries()));
    }

}
