package io.flowstate.benchmark;

import java.util.SplittableRandom;

/** How often each key comes. */
public enum KeyDistribution {

    /** All equally often. */
    UNIFORM {

        @Override
        void fill(long[] keys, long entries, SplittableRandom random) {
            for (int i = 0; i < keys.length; i++) {
                keys[i] = random.nextLong(entries);
            }
        }

    },

    /**
     * The key of rank r as often as 1 / r^0.99, as YCSB draws it (Gray et al., Quickly
     * Generating Billion-Record Synthetic Databases, 1994). The ranks are scattered over
     * the keys, so that frequent keys are no neighbours.
     */
    ZIPFIAN {

        @Override
        void fill(long[] keys, long entries, SplittableRandom random) {
            double sum = 0;
            for (long rank = 1; rank <= entries; rank++) {
                sum += Math.pow((double) rank, -SKEW);
            }
            double alpha = 1 / (1 - SKEW);
            double firstTwo = 1 + Math.pow(2, -SKEW);
            double eta = (1 - Math.pow(2.0 / (double) entries, 1 - SKEW)) / (1 - firstTwo / sum);
            for (int i = 0; i < keys.length; i++) {
                double uniform = random.nextDouble();
                double scaled = uniform * sum;
                long rank = (scaled < 1) ? 0 : (scaled < firstTwo) ? 1
                        : Math.min(entries - 1, (long) ((double) entries * Math.pow(eta * uniform - eta + 1, alpha)));
                keys[i] = Long.remainderUnsigned(Values.mix(rank), entries);
            }
        }

    };

    private static final double SKEW = 0.99;

    private static final long SEED = 42;

    /**
     * A sequence of keys, the same at each call with the same arguments.
     * @param entries the keys are from 0 to this
     * @param thread the number of the thread that will use it
     * @param length how many
     */
    long[] sequence(long entries, int thread, int length) {
        long[] keys = new long[length];
        fill(keys, entries, new SplittableRandom(SEED + thread));
        return keys;
    }

    abstract void fill(long[] keys, long entries, SplittableRandom random);

}
