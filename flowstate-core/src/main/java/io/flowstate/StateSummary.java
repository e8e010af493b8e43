package io.flowstate;

import java.util.List;

/**
 * What is known of a state without reading it.
 *
 * @param scope the names of its scope, from the top level down
 * @param name its name there
 * @param kind what it is: map, counters, value, sorted map, queue, append log
 * @param temporary whether no checkpoint has it
 * @param entries the number of its entries; about, if it is a map, counters or a value
 * @param pages the number of its state pages; 0 if its entries are records
 */
public record StateSummary(List<String> scope, String name, String kind, boolean temporary, long entries, long pages) {

    public StateSummary {
        scope = List.copyOf(scope);
    }

}
