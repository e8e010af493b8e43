package io.flowstate.internal.tree;

import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * The seeds of the random tests of trees.
 *
 * <pre>
 *   flowstate.torture.treeSeeds   how many of them; 50 if it is absent
 *   flowstate.torture.seed        only this one
 * </pre>
 */
final class TreeSeeds {

    private static final int NORMAL = 50;

    private TreeSeeds() {
    }

    static LongStream seeds() {
        Long given = Long.getLong("flowstate.torture.seed");
        if (given != null) {
            return LongStream.of(given);
        }
        return new SplittableRandom().longs(Integer.getInteger("flowstate.torture.treeSeeds", NORMAL));
    }

    /** What an error of a run with a seed says. */
    static String describe(long seed) {
        return "-Dflowstate.torture.seed=" + seed;
    }

}
