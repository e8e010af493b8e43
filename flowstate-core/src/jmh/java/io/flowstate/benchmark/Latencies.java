package io.flowstate.benchmark;

/**
 * How long many calls took, in classes that are a sixteenth wide. One thread records, and
 * reads when it is done.
 */
final class Latencies {

    private static final int STEP_BITS = 4;

    private static final int STEPS = 1 << STEP_BITS;

    private final long[] counts = new long[STEPS * Long.SIZE];

    private long count;

    private long maxNanos;

    void record(long nanos) {
        this.counts[place(nanos)]++;
        this.count++;
        this.maxNanos = Math.max(this.maxNanos, nanos);
    }

    private static int place(long nanos) {
        if (nanos < STEPS) {
            return (int) Math.max(0, nanos);
        }
        int shift = Long.SIZE - 1 - STEP_BITS - Long.numberOfLeadingZeros(nanos);
        return (shift + 1) * STEPS + (int) ((nanos >>> shift) & (STEPS - 1));
    }

    private static long upperEnd(int place) {
        if (place < STEPS) {
            return place;
        }
        int shift = place / STEPS - 1;
        return ((STEPS + (place & (STEPS - 1)) + 1L) << shift) - 1;
    }

    long maxNanos() {
        return this.maxNanos;
    }

    /** A time that this part of the calls did not pass. */
    long percentileNanos(double percent) {
        long most = (long) Math.ceil((double) this.count * percent / 100);
        long sum = 0;
        for (int place = 0; place < this.counts.length; place++) {
            sum += this.counts[place];
            if (sum >= most) {
                return Math.min(upperEnd(place), this.maxNanos);
            }
        }
        return this.maxNanos;
    }

}
