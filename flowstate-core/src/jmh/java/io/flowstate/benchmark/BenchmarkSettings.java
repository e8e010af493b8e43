package io.flowstate.benchmark;

import java.util.List;

/**
 * Which benchmarks are to be run, and how; see {@link RunSettings} for the arguments.
 *
 * @param include a regular expression that finds the names of benchmarks
 * @param stores the names of {@link StoreKind}
 * @param memories the names of {@link Memory}
 * @param keys the names of {@link KeyDistribution}
 * @param threads the numbers of threads
 * @param entries the number of entries
 * @param openingEntries the same in {@link OpeningBenchmark}
 * @param forks how many JVMs measure each case
 * @param iterations how often each of them measures, a second each
 * @param profilers names of JMH profilers, each with its options after a colon
 */
record BenchmarkSettings(String include, List<String> stores, List<String> memories, List<String> keys,
        List<Integer> threads, long entries, long openingEntries, int forks, int iterations, List<String> profilers) {

    static BenchmarkSettings parse(String[] arguments) {
        RunSettings given = new RunSettings(arguments);
        boolean quick = given.quick();
        return new BenchmarkSettings(given.text("benchmarks", ".*"),
                given.list("stores", "FLOWSTATE,ROCKSDB,MVSTORE,CONCURRENT_HASH_MAP"),
                given.list("memory", "IN_MEMORY,BEYOND"), given.list("keys", "ZIPFIAN,UNIFORM"),
                given.list("threads", "1,2").stream().map(Integer::valueOf).toList(),
                Long.parseLong(given.text("entries", quick ? "100000" : "2000000")),
                Long.parseLong(given.text("opening-entries", quick ? "100000" : "10000000")),
                Integer.parseInt(given.text("forks", "1")),
                Integer.parseInt(given.text("iterations", quick ? "1" : "3")), given.list("profilers", ""));
    }

}
