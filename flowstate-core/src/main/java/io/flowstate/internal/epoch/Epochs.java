package io.flowstate.internal.epoch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells when no thread can still see what was there before, as in FASTER (SIGMOD 2018)
 * and RCU: an operation enters before it looks at shared memory and leaves after it;
 * {@link #synchronize} returns when everyone who was inside at the call has left.
 *
 * <p>
 * Slots belong to operations, not to threads: an operation claims any free slot, so that
 * any number of threads, virtual ones included, may take part. Whoever is inside never
 * waits for anything, so a slot is soon free again.
 *
 * <p>
 * Why nobody is missed: the one who changes something (a boundary, a pointer) writes it,
 * then looks at the slots; an operation claims its slot with a full fence, then looks at
 * the boundary. At least one of the two sees the other.
 */
public final class Epochs {

    /**
     * How many operations can be inside at once; more wait for a slot, which frees itself
     * without help.
     */
    private static final int SLOTS = 256;

    /** Slots lie two cache lines apart, so that neighbours do not disturb each other. */
    private static final int STRIDE = 16;

    private static final long WRITER = 1;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    private static final VarHandle CURRENT;

    static {
        try {
            CURRENT = MethodHandles.lookup().findVarHandle(Epochs.class, "current", long.class);
        }
        catch (ReflectiveOperationException ex) {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final long[] slots = new long[(SLOTS + 1) * STRIDE]; // 0 if free, else epoch
                                                                 // * 2 + WRITER; by SLOT

    @SuppressWarnings({ "FieldMayBeFinal", "UnusedVariable" }) // used through CURRENT
    private volatile long current = 1; // rises; getAndAdd by synchronize, read by enter

    /**
     * Enters to read.
     * @return a slot, to be given to {@link #exit}
     */
    public int enter() {
        return claim((long) CURRENT.getVolatile(this) << 1);
    }

    /**
     * Enters to change something; visible to {@link #writersInside}.
     * @return a slot, to be given to {@link #exit}
     */
    public int enterAsWriter() {
        return claim(((long) CURRENT.getVolatile(this) << 1) | WRITER);
    }

    @SuppressWarnings("ThreadPriorityCheck") // who holds a slot leaves it soon
    private int claim(long mark) {
        int probe = (int) ((Thread.currentThread().getId() * 0x9E3779B9L) >>> 8);
        for (int attempt = 0;; attempt++) {
            int slot = ((probe + attempt) & (SLOTS - 1)) * STRIDE + STRIDE;
            if ((long) SLOT.getOpaque(this.slots, slot) == 0 && SLOT.compareAndSet(this.slots, slot, 0L, mark)) {
                return slot;
            }
            if (attempt >= SLOTS) {
                Thread.yield();
            }
        }
    }

    /**
     * Leaves.
     * @param slot what entering returned
     */
    public void exit(int slot) {
        SLOT.setRelease(this.slots, slot, 0L);
    }

    /**
     * Whether anyone is inside to change something.
     * @return true if so
     */
    public boolean writersInside() {
        for (int i = 1; i <= SLOTS; i++) {
            if (((long) SLOT.getVolatile(this.slots, i * STRIDE) & WRITER) != 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Waits until everyone who is inside now has left. Called from outside only: it would
     * wait for its own thread.
     */
    public void synchronize() {
        long next = (long) CURRENT.getAndAdd(this, 1L) + 1;
        for (int i = 1; i <= SLOTS; i++) {
            for (int attempt = 0; isBefore(next, (long) SLOT.getVolatile(this.slots, i * STRIDE)); attempt++) {
                backOff(attempt);
            }
        }
    }

    private static boolean isBefore(long epoch, long mark) {
        return mark != 0 && (mark >>> 1) < epoch;
    }

    /**
     * Lets other threads run: ever longer with the number of attempts, 50 microseconds at
     * most.
     * @param attempt counts from 0
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing relies on it
    public static void backOff(int attempt) {
        if (attempt < 64) {
            Thread.onSpinWait();
        }
        else if (attempt < 128) {
            Thread.yield();
        }
        else {
            LockSupport.parkNanos(50_000);
        }
    }

}
