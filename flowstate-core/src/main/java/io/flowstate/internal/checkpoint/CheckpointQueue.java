package io.flowstate.internal.checkpoint;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.StateFailedException;
import io.flowstate.storage.StateInterruptedException;
import org.jspecify.annotations.Nullable;

/**
 * The requests for checkpoints and restores, in the order in which they came, and those
 * who wait for their turn. Callers {@link #await}; the checkpoint thread takes the
 * {@link #next} one, lets its callers {@link #proceed} and, as its last act, {@link #end
 * ends}. Thread-safe.
 */
final class CheckpointQueue {

    private final CheckpointSettings settings;

    private final LongSupplier nanoClock;

    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = this.lock.newCondition(); // signalled when a
                                                                // request comes,
                                                                // proceeds, or at close

    private final Deque<CheckpointRequest> waiting = new ArrayDeque<>(); // guarded by
                                                                         // lock

    private boolean closing; // guarded by lock

    private boolean ended; // guarded by lock

    private @Nullable Runnable afterEnd; // guarded by lock

    private @Nullable CheckpointRequest current; // guarded by lock

    /**
     * Creates an empty queue.
     * @param settings how long callers wait
     * @param nanoClock the time in nanoseconds, from any origin
     */
    CheckpointQueue(CheckpointSettings settings, LongSupplier nanoClock) {
        this.settings = settings;
        this.nanoClock = nanoClock;
    }

    // The side of the callers

    /**
     * Adds a request, or joins one that waits already if both may be shared, and waits
     * until it proceeds.
     * @return the future of what it asks for
     * @throws CheckpointFailedException if its turn did not come in time
     * @throws StateInterruptedException if the thread was interrupted before its turn;
     * nothing was done for it
     */
    CompletableFuture<CompletedCheckpoint> await(CheckpointRequest wanted) {
        this.lock.lock();
        try {
            checkOpen();
            CheckpointRequest request = wanted.mayBeShared() ? sharedRequest() : null;
            if (request == null) {
                request = wanted;
                this.waiting.add(request);
                this.changed.signalAll();
            }
            request.callers++;
            awaitCut(request);
            return request.result;
        }
        finally {
            this.lock.unlock();
        }
    }

    private void checkOpen() {
        if (this.closing) {
            throw new IllegalStateException("the state manager is closed");
        }
        if (this.ended) {
            throw new StateFailedException(
                    "the checkpoint thread has ended; close the state manager and open it again");
        }
    }

    private @Nullable CheckpointRequest sharedRequest() {
        for (CheckpointRequest request : this.waiting) {
            if (request.mayBeShared()) {
                return request;
            }
        }
        return null;
    }

    private void awaitCut(CheckpointRequest request) {
        long deadline = this.nanoClock.getAsLong() + this.settings.timeout().toNanos();
        long nanosAfterTurn = this.settings.timeout().plus(this.settings.gateTimeout()).toNanos();
        boolean interrupted = false;
        try {
            while (!request.cut) {
                long left = deadline - this.nanoClock.getAsLong();
                if (left <= 0 && withdraw(request)) {
                    throw new CheckpointFailedException("waited " + this.settings.timeout()
                            + " (checkpoint.timeout) for an earlier checkpoint to be written");
                }
                try {
                    // once its turn has come, a snapshot may be taken first, and the
                    // gate has a timeout of its own
                    long bound = (left > 0) ? left : left + nanosAfterTurn;
                    if (bound <= 0) {
                        throw new CheckpointFailedException(
                                "the storage has not answered for " + this.settings.timeout()
                                        + " (checkpoint.timeout); the checkpoint may still become durable");
                    }
                    long rest = this.changed.awaitNanos(bound);
                    assert rest <= bound : rest;
                }
                catch (InterruptedException ex) {
                    interrupted = true;
                    if (withdraw(request)) {
                        throw new StateInterruptedException(
                                "interrupted while waiting for the turn to take a checkpoint; none was taken", ex);
                    }
                }
            }
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Takes one caller of a request back, if its turn has not come. */
    private boolean withdraw(CheckpointRequest request) {
        if (!this.waiting.contains(request)) {
            return false;
        }
        request.callers--;
        if (request.callers == 0) {
            this.waiting.remove(request);
        }
        return true;
    }

    /**
     * Lets nobody in any more, and waits for the thread to end.
     * @param last what the thread does after it has ended, if that is not in time
     * @return false if it has not ended in time
     */
    boolean close(Runnable last) {
        boolean interrupted = false;
        this.lock.lock();
        try {
            this.closing = true;
            this.changed.signalAll();
            long deadline = this.nanoClock.getAsLong() + this.settings.timeout().toNanos();
            for (long left = deadline - this.nanoClock.getAsLong(); !this.ended
                    && left > 0; left = deadline - this.nanoClock.getAsLong()) {
                try {
                    left = this.changed.awaitNanos(left);
                }
                catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
            if (!this.ended) {
                this.afterEnd = last;
            }
            return this.ended;
        }
        finally {
            this.lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // The side of the checkpoint thread

    /** Waits for a request; null once the queue is closed. */
    @Nullable CheckpointRequest next() {
        this.lock.lock();
        try {
            while (this.waiting.isEmpty() && !this.closing) {
                this.changed.awaitUninterruptibly();
            }
            CheckpointRequest next = this.closing ? null : this.waiting.poll();
            this.current = next;
            return next;
        }
        finally {
            this.lock.unlock();
        }
    }

    /** Lets the callers of a request go on to wait for its result. */
    void proceed(CheckpointRequest request) {
        this.lock.lock();
        try {
            request.cut = true;
            this.changed.signalAll();
        }
        finally {
            this.lock.unlock();
        }
    }

    /** Waits, unless the queue is closed. */
    void pause(long nanos) {
        this.lock.lock();
        try {
            long left = nanos;
            while (left > 0 && !this.closing) {
                left = this.changed.awaitNanos(left);
            }
        }
        catch (InterruptedException ex) {
            throw new CheckpointFailedException("the checkpoint thread was interrupted", ex);
        }
        finally {
            this.lock.unlock();
        }
    }

    /** The last act of the thread, however it ends: nobody is left waiting. */
    void end() {
        Runnable last;
        this.lock.lock();
        try {
            this.ended = true;
            IllegalStateException closed = new IllegalStateException("the state manager is closed");
            RuntimeException why = this.closing ? closed : new StateFailedException(
                    "the checkpoint thread has ended; close the state manager and open it again");
            this.waiting.forEach((request) -> request.fail(why));
            this.waiting.clear();
            if (this.current != null) {
                this.current.fail(why);
            }
            this.changed.signalAll();
            last = this.afterEnd;
        }
        finally {
            this.lock.unlock();
        }
        if (last != null) {
            last.run();
        }
    }

}
