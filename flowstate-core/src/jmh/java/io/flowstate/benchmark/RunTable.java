package io.flowstate.benchmark;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What runs of several stores said, as Markdown: a row for each store, in which ours
 * comes first; after a figure of a peer, in brackets, how many times it ours is.
 */
final class RunTable {

    private final Map<String, Map<String, String>> rows = new LinkedHashMap<>();

    void add(String store, Map<String, String> results) {
        this.rows.put(store, results);
    }

    @Override
    public String toString() {
        Set<String> columns = new LinkedHashSet<>();
        this.rows.values().forEach((results) -> columns.addAll(results.keySet()));
        StringBuilder text = new StringBuilder(String.format("%nIn brackets: ours divided by the peer's%n%n| store |"));
        columns.forEach((column) -> text.append(' ').append(column).append(" |"));
        text.append("\n|---|").append("---|".repeat(columns.size()));
        Map<String, String> ours = this.rows.getOrDefault(OrderedKind.FLOWSTATE.displayName(), Map.of());
        this.rows.forEach((store, results) -> {
            text.append("\n| ").append(store).append(" |");
            for (String column : columns) {
                String value = results.get(column);
                text.append(' ').append((value != null) ? value : "–");
                if (!store.equals(OrderedKind.FLOWSTATE.displayName()) && value != null && ours.get(column) != null) {
                    text.append(
                            String.format(" (%.2f)", Double.parseDouble(ours.get(column)) / Double.parseDouble(value)));
                }
                text.append(" |");
            }
        });
        return text.toString();
    }

}
