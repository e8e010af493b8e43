package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogSegment;

/**
 * Reads of a device that does not hang, made by the threads that need the bytes. Should
 * one take longer than a second all the same, no more are possible until it has returned.
 * Any thread.
 */
final class DirectReads {

    /** Reads note here when they began; two that share a place may miss one. */
    private static final int PLACES = 16;

    private static final long OVERDUE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LogDevice device;

    private final LongSupplier nanoClock;

    private final AtomicLongArray begun = new AtomicLongArray(PLACES); // 0 if none

    private int looks; // any thread, without order: it only spreads the looks

    private volatile int suspect; // one more than the place of a read that takes long

    /**
     * Creates it.
     * @param device the device
     * @param nanoClock the time in nanoseconds, from any origin
     */
    DirectReads(LogDevice device, LongSupplier nanoClock) {
        this.device = device;
        this.nanoClock = nanoClock;
    }

    /** Whether the device may be read by the thread itself now. */
    boolean isPossible() {
        if (this.device.mayHang()) {
            return false;
        }
        long now = this.nanoClock.getAsLong();
        int place = this.looks++ & (PLACES - 1);
        if (isOverdue(place, now)) {
            this.suspect = place + 1;
        }
        int suspected = this.suspect;
        if (suspected == 0) {
            return true;
        }
        if (isOverdue(suspected - 1, now)) {
            return false;
        }
        this.suspect = 0;
        return true;
    }

    private boolean isOverdue(int place, long now) {
        long since = this.begun.get(place);
        return since != 0 && now - since > OVERDUE_NANOS;
    }

    /** Reads until the buffer is full. */
    void read(LogSegment segment, long position, ByteBuffer target) {
        int place = (int) Thread.currentThread().getId() & (PLACES - 1);
        this.begun.set(place, this.nanoClock.getAsLong() | 1); // never 0
        try {
            this.device.read(segment, position, target);
        }
        finally {
            this.begun.set(place, 0);
        }
    }

}
