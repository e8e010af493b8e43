package io.flowstate.internal.epoch;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import io.flowstate.storage.StateInterruptedException;
import io.flowstate.storage.StorageUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps writers out for the moment in which a checkpoint takes its cut. Units of work
 * pass it and stay inside until they end; a single operation outside a unit enters gate
 * and epoch as one; readers do not pass it.
 *
 * <p>
 * Entering writes "I am inside" and then looks whether the gate is closed; closing writes
 * "closed" and then looks who is inside: at least one of the two sees the other.
 */
public final class Gate {

    /** Units that find their place without sharing a cache line; more go to a set. */
    private static final int PLACES = 64;

    private static final int STRIDE = 16;

    private final Epochs epochs;

    private final LongSupplier nanoClock;

    private final Duration timeout;

    private final AtomicReferenceArray<@Nullable Thread> places = new AtomicReferenceArray<>(PLACES * STRIDE);

    private final Set<Thread> others = ConcurrentHashMap.newKeySet(); // units that found
                                                                      // no place

    @SuppressWarnings("ThreadLocalUsage") // each gate has its own units
    private final ThreadLocal<Unit> unit = new ThreadLocal<>(); // the unit of this
                                                                // thread, if it is in one

    private volatile boolean ended; // for good

    private volatile boolean closed; // written by the one thread that closes and opens

    private volatile boolean shut; // likewise

    private final ReentrantLock lock = new ReentrantLock(); // guards nothing but the
                                                            // condition

    private final Condition opened = this.lock.newCondition(); // signalled after closed
                                                               // became false

    /**
     * Creates an open gate.
     * @param epochs the epochs that operations enter
     * @param nanoClock the time in nanoseconds, from any origin
     * @param timeout how long anyone waits for the gate to be opened
     */
    public Gate(Epochs epochs, LongSupplier nanoClock, Duration timeout) {
        this.timeout = timeout;
        this.epochs = epochs;
        this.nanoClock = nanoClock;
    }

    /**
     * Whether this thread is in a unit of work.
     * @return true if so
     */
    public boolean inUnit() {
        return this.unit.get() != null;
    }

    /**
     * Runs a unit of work; within one, joins it.
     * @param work what to do
     */
    public void run(Runnable work) {
        if (inUnit()) {
            work.run();
            return;
        }
        Unit entered = enterUnit();
        this.unit.set(entered);
        try {
            work.run();
        }
        finally {
            this.unit.remove();
            exitUnit(entered);
        }
    }

    /**
     * Enters the epoch to change something: through the gate, or as part of this thread's
     * unit.
     * @return the slot to give to {@link Epochs#exit}
     * @throws StateInterruptedException if the thread was interrupted while the gate was
     * closed; it is not inside
     */
    public int enterOperation() {
        if (inUnit()) {
            return this.epochs.enter();
        }
        while (true) {
            int slot = this.epochs.enterAsWriter();
            if (!this.closed) {
                return slot;
            }
            this.epochs.exit(slot);
            awaitOpen();
        }
    }

    /**
     * Enters the gate to change something, outside a unit, unless it is closed.
     * @return what to give to {@link #exitOperation}, or a negative number: leave what is
     * held, {@linkplain #awaitOpen wait}, and try again
     */
    public int tryEnterOperation() {
        int slot = this.epochs.enterAsWriter();
        if (!this.closed) {
            return slot;
        }
        this.epochs.exit(slot);
        return -1;
    }

    /**
     * Leaves the gate.
     * @param slot what {@link #tryEnterOperation} returned
     */
    public void exitOperation(int slot) {
        this.epochs.exit(slot);
    }

    /**
     * Enters the epoch to read, unless readers are kept out too.
     * @return the slot to give to {@link Epochs#exit}
     * @throws StateInterruptedException if the thread was interrupted while readers were
     * kept out; it is not inside
     */
    public int enterReader() {
        while (true) {
            int slot = this.epochs.enter();
            if (!this.shut) {
                return slot;
            }
            this.epochs.exit(slot);
            awaitOpen();
        }
    }

    private Unit enterUnit() {
        Thread thread = Thread.currentThread();
        while (true) {
            int place = claimPlace(thread);
            if (!this.closed) {
                return new Unit(thread, place);
            }
            exitUnit(new Unit(thread, place));
            awaitOpen();
        }
    }

    private int claimPlace(Thread thread) {
        int probe = (int) ((thread.getId() * 0x9E3779B9L) >>> 8);
        for (int i = 0; i < PLACES; i++) {
            int place = ((probe + i) & (PLACES - 1)) * STRIDE;
            if (this.places.get(place) == null && this.places.compareAndSet(place, null, thread)) {
                return place;
            }
        }
        this.others.add(thread);
        return -1;
    }

    private void exitUnit(Unit left) {
        if (left.place() >= 0) {
            this.places.set(left.place(), null);
        }
        else {
            this.others.remove(left.thread());
        }
    }

    /**
     * Waits until the gate is open. With nothing held.
     * @throws StateInterruptedException if the thread was interrupted meanwhile
     */
    public void awaitOpen() {
        this.lock.lock();
        try {
            long nanosLeft = this.timeout.toNanos();
            while (this.closed) {
                if (this.ended) {
                    throw new IllegalStateException("the state manager is closed");
                }
                if (nanosLeft <= 0) {
                    throw new StorageUnavailableException("waited " + this.timeout
                            + " for a restore to end; the storage does not answer; nothing was done");
                }
                nanosLeft = this.opened.awaitNanos(nanosLeft);
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new StateInterruptedException(
                    "interrupted while waiting for a checkpoint to take its cut, or for a restore; nothing was done",
                    ex);
        }
        finally {
            this.lock.unlock();
        }
    }

    /**
     * Closes the gate and waits for those inside to leave. To be called by one thread at
     * a time.
     * @param pause how long to wait at most
     * @return true if it is closed and nobody is inside; false if it had to be opened
     * again
     */
    public boolean tryClose(Duration pause) {
        long start = this.nanoClock.getAsLong();
        this.closed = true;
        for (int attempt = 0; isAnyoneInside(); attempt++) {
            if (this.nanoClock.getAsLong() - start > pause.toNanos()) {
                open();
                return false;
            }
            Epochs.backOff(attempt);
        }
        return true;
    }

    /**
     * Keeps readers out too, and waits for those inside to leave. The gate is closed and
     * nobody is inside to change anything.
     */
    public void shut() {
        this.shut = true;
        this.epochs.synchronize();
    }

    /** Opens the gate again, to everyone. */
    public void open() {
        this.shut = false;
        this.closed = false;
        this.lock.lock();
        try {
            this.opened.signalAll();
        }
        finally {
            this.lock.unlock();
        }
    }

    /** Lets whoever waits for the gate, or comes to wait, fail: the store is closed. */
    public void end() {
        this.ended = true;
        this.lock.lock();
        try {
            this.opened.signalAll();
        }
        finally {
            this.lock.unlock();
        }
    }

    private boolean isAnyoneInside() {
        return unitInside() != null || this.epochs.writersInside();
    }

    /**
     * A thread that is in a unit of work.
     * @return one of them, or null if there is none
     */
    public @Nullable Thread unitInside() {
        for (int i = 0; i < PLACES; i++) {
            Thread thread = this.places.get(i * STRIDE);
            if (thread != null) {
                return thread;
            }
        }
        for (Thread thread : this.others) {
            return thread;
        }
        return null;
    }

    private record Unit(Thread thread, int place) {
    }

}
