package io.flowstate.benchmark;

import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;

/**
 * What was measured, as Markdown: one row for each case with the throughput of every
 * store and how many times that of each peer ours is. Cases in the order in which they
 * came.
 */
final class ResultTable {

    private static final double MILLION = 1e6;

    private final Map<String, Map<StoreKind, RunResult>> rows = new LinkedHashMap<>();

    private final StringBuilder others = new StringBuilder();

    void add(Collection<RunResult> results) {
        for (RunResult result : results) {
            BenchmarkParams params = result.getParams();
            String name = params.getBenchmark().replaceAll(".*\\.(\\w+)Benchmark\\..*", "$1");
            if (params.getParam("kind") == null) {
                this.others.append(String.format("%s: %,.0f %s (%,.0f to %,.0f)%n", name, median(result),
                        result.getPrimaryResult().getScoreUnit(), statistics(result).getMin(),
                        statistics(result).getMax()));
                continue;
            }
            String row = String.format("%s | %s | %s | %d", name, lower(params.getParam("memory")),
                    lower(params.getParam("keys")), params.getThreads());
            this.rows.computeIfAbsent(row, (key) -> new EnumMap<>(StoreKind.class))
                .put(StoreKind.valueOf(params.getParam("kind")), result);
        }
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static Statistics statistics(RunResult result) {
        return result.getPrimaryResult().getStatistics();
    }

    /** The middle measurement, which one disturbed by something else does not move. */
    private static double median(RunResult result) {
        return statistics(result).getPercentile(50);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format("%nMillions of operations a second, all threads together: "
                + "median (least to most); \"of X\": how many times X ours is, by medians%n%n"));
        text.append("| benchmark | memory | keys | threads |");
        for (StoreKind kind : StoreKind.values()) {
            text.append(' ').append(kind.displayName()).append(" |");
        }
        for (StoreKind kind : StoreKind.values()) {
            text.append((kind != StoreKind.FLOWSTATE) ? " of " + kind.displayName() + " |" : "");
        }
        text.append(" ours: bytes/op |\n|---|---|---|---|").append("---|".repeat(2 * StoreKind.values().length));
        this.rows.forEach((name, results) -> text.append("\n| ").append(name).append(" |").append(cells(results)));
        return text.append("\n\n").append(this.others).toString();
    }

    private static String cells(Map<StoreKind, RunResult> results) {
        RunResult ours = results.get(StoreKind.FLOWSTATE);
        StringBuilder cells = new StringBuilder();
        for (StoreKind kind : StoreKind.values()) {
            RunResult result = results.get(kind);
            cells.append(
                    (result != null)
                            ? String.format(" %.2f (%.2f to %.2f) |", median(result) / MILLION,
                                    statistics(result).getMin() / MILLION, statistics(result).getMax() / MILLION)
                            : " – |");
        }
        for (StoreKind kind : StoreKind.values()) {
            if (kind != StoreKind.FLOWSTATE) {
                cells.append(ratio(ours, results.get(kind)));
            }
        }
        return cells.append(allocated(ours)).toString();
    }

    private static String ratio(@Nullable RunResult ours, @Nullable RunResult peer) {
        return (ours != null && peer != null) ? String.format(" %.2f |", median(ours) / median(peer)) : " – |";
    }

    /** The bytes allocated on the heap for each operation, if they were measured. */
    @SuppressWarnings("rawtypes") // those of JMH's own signature
    private static String allocated(@Nullable RunResult ours) {
        if (ours == null) {
            return " – |";
        }
        return ours.getSecondaryResults()
            .entrySet()
            .stream()
            .filter((entry) -> entry.getKey().endsWith("gc.alloc.rate.norm"))
            .map((entry) -> String.format(" %.0f |", entry.getValue().getScore()))
            .findFirst()
            .orElse(" – |");
    }

}
