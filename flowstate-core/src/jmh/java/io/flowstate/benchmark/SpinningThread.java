package io.flowstate.benchmark;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A thread that has nothing to do but spin, and measures how late it comes: what
 * scheduling and safe points cost whoever runs on this machine. It spins for about as
 * long as a call of the thread beside it takes, again and again, so that its percentiles
 * can be held against those of the calls. It takes a processor.
 */
final class SpinningThread {

    private static final long LAP_NANOS = 10_000;

    private final Latencies latencies = new Latencies();

    private final Thread thread = new Thread(this::spin, "spinning");

    private final AtomicLong longest = new AtomicLong();

    private volatile boolean stopped;

    private SpinningThread() {
    }

    static SpinningThread start() {
        SpinningThread spinning = new SpinningThread();
        spinning.thread.setDaemon(true);
        spinning.thread.start();
        return spinning;
    }

    private void spin() {
        long begun = System.nanoTime();
        while (!this.stopped) {
            long now = System.nanoTime();
            if (now - begun >= LAP_NANOS) {
                this.latencies.record(now - begun);
                this.longest.accumulateAndGet(now - begun, Math::max);
                begun = now;
            }
        }
    }

    /** The longest lap since this was asked last, in nanoseconds. */
    long takeLongest() {
        return this.longest.getAndSet(0);
    }

    /** Ends it. */
    Latencies stop() throws InterruptedException {
        this.stopped = true;
        this.thread.join();
        return this.latencies;
    }

}
