package io.flowstate.samples.wordcount;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Spreads steps evenly over time. A delay is made up for by shorter waits, unless it was
 * longer than a second. Belongs to one thread.
 */
final class Pace {

    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final long nanosPerStep; // 0 for no waits at all

    private final LongSupplier nanoTime;

    private long nextAt;

    /**
     * Creates a pace whose first step is due now.
     * @param stepsPerSecond 0 for as fast as possible
     * @param nanoTime the clock
     */
    Pace(int stepsPerSecond, LongSupplier nanoTime) {
        this.nanosPerStep = (stepsPerSecond > 0) ? NANOS_PER_SECOND / stepsPerSecond : 0;
        this.nanoTime = nanoTime;
        this.nextAt = nanoTime.getAsLong();
    }

    /**
     * How long to wait before the next step, which is thereby taken.
     * @return the time in nanoseconds, 0 or less for none
     */
    long nanosUntilNext() {
        if (this.nanosPerStep == 0) {
            return 0;
        }
        long now = this.nanoTime.getAsLong();
        if (now - this.nextAt > NANOS_PER_SECOND) {
            this.nextAt = now;
        }
        long wait = this.nextAt - now;
        this.nextAt += this.nanosPerStep;
        return wait;
    }

}
