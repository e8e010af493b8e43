package io.flowstate.testing;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Stops every call of one kind until the test lets go, as a device does that does not
 * answer. A stopped call does not react to an interrupt, and keeps the flag.
 *
 * <pre>
 *   try (Hold hold = files.hold(FileCall.FORCE)) {
 *       ...                      // start what will force
 *       hold.awaitCaller();      // it is now in there
 *       ...
 *   }                            // it goes on
 * </pre>
 */
public final class Hold implements AutoCloseable {

    /** Longer than any test; ends one that has forgotten to let go. */
    private static final int LIMIT_MINUTES = 2;

    private final CountDownLatch arrived = new CountDownLatch(1);

    private final CountDownLatch released = new CountDownLatch(1);

    private final Runnable onRelease;

    private volatile boolean failing;

    Hold(Runnable onRelease) {
        this.onRelease = onRelease;
    }

    /**
     * Waits until a call has been stopped.
     */
    public void awaitCaller() {
        if (!await(this.arrived)) {
            throw new AssertionError("no call came within " + LIMIT_MINUTES + " minutes");
        }
    }

    /**
     * Whether a call has been stopped.
     * @return whether one has, whether or not it has gone on since
     */
    public boolean hasCaller() {
        return this.arrived.getCount() == 0;
    }

    /**
     * Lets the stopped calls go on, and stops no more. May be called again.
     */
    public void release() {
        this.onRelease.run();
        this.released.countDown();
    }

    /**
     * Fails the stopped calls without doing what they asked for, and stops no more.
     */
    public void fail() {
        this.failing = true;
        release();
    }

    @Override
    public void close() {
        release();
    }

    /** Stops the caller; tells whether its call fails. */
    boolean stop() {
        this.arrived.countDown();
        if (!await(this.released)) {
            throw new AssertionError("held for more than " + LIMIT_MINUTES + " minutes; did a test forget to let go?");
        }
        return this.failing;
    }

    private static boolean await(CountDownLatch latch) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return latch.await(LIMIT_MINUTES, TimeUnit.MINUTES);
                }
                catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

}
