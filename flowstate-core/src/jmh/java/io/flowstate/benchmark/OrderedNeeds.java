package io.flowstate.benchmark;

/**
 * What a run asks of an ordered store.
 *
 * @param memoryBytes all the memory for entries, to be divided as the store likes
 * @param durable whether checkpoints must survive a power cut; otherwise the store writes
 * when it likes
 * @param largeValues whether values are of many kilobytes
 */
record OrderedNeeds(long memoryBytes, boolean durable, boolean largeValues) {

    int megabytes() {
        return (int) (this.memoryBytes >> 20);
    }

}
