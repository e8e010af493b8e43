package io.flowstate.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What is to be run, from arguments of the form {@code name=value}; an empty value stands
 * for the default.
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
        Map<String, String> given = Arrays.stream(arguments)
            .map((argument) -> argument.split("=", 2))
            .filter((pair) -> pair.length == 2 && !pair[1].isEmpty())
            .collect(Collectors.toMap((pair) -> pair[0], (pair) -> pair[1]));
        boolean quick = Boolean.parseBoolean(given.get("quick"));
        return new BenchmarkSettings(given.getOrDefault("benchmarks", ".*"),
                list(given.getOrDefault("stores", "FLOWSTATE,ROCKSDB,MVSTORE,CONCURRENT_HASH_MAP")),
                list(given.getOrDefault("memory", "IN_MEMORY,BEYOND")),
                list(given.getOrDefault("keys", "ZIPFIAN,UNIFORM")),
                list(given.getOrDefault("threads", "1,2")).stream().map(Integer::valueOf).toList(),
                Long.parseLong(given.getOrDefault("entries", quick ? "100000" : "2000000")),
                Long.parseLong(given.getOrDefault("opening-entries", quick ? "100000" : "10000000")),
                Integer.parseInt(given.getOrDefault("forks", "1")),
                Integer.parseInt(given.getOrDefault("iterations", quick ? "1" : "3")),
                list(given.getOrDefault("profilers", "")));
    }

    private static List<String> list(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }

}
