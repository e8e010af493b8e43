package io.flowstate.torture;

import java.util.List;

/**
 * One step of a workload: one change, or several that belong together.
 *
 * @param unit whether they are made in one unit of work
 * @param changes in this order
 */
record Operation(boolean unit, List<Change> changes) {

    Operation {
        changes = List.copyOf(changes);
    }

}
