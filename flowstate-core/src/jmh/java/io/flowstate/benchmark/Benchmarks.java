package io.flowstate.benchmark;

import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Mode;
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
                table.add(new Runner(comparison(settings, memory, threads).build()).run());
            }
        }
        table.add(new Runner(opening(settings).build()).run());
        System.out.println(table);
    }

    private static ChainedOptionsBuilder common(BenchmarkSettings settings) {
        ChainedOptionsBuilder options = new OptionsBuilder().forks(settings.forks())
            .shouldFailOnError(true)
            .jvmArgs("-Xms4g", "-Xmx4g", "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
        settings.profilers().forEach(options::addProfiler);
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
