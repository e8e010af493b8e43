package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;

import io.flowstate.storage.FencedException;
import io.flowstate.storage.StateException;
import io.flowstate.storage.StateFailedException;
import io.flowstate.storage.StateInterruptedException;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that brings the record log to its device and lets pages leave memory.
 * What has become unchanging is stamped with checksums, written, synced, and only then
 * counted as flushed; only what is flushed leaves memory.
 *
 * <p>
 * If the device fails, nothing is lost: the bytes are still in memory and are written
 * again, to a new segment, at the next request. Those who wait are told of the failure;
 * it is theirs to try again.
 *
 * <p>
 * A page turn happens inside an epoch, where nobody may wait: it only sets a flag and
 * unparks this thread.
 */
public final class LogFlusher implements AutoCloseable {

    private final HybridLog log;

    private final LogSegments segments;

    private final Duration deviceTimeout;

    private final LongSupplier nanoClock;

    private final Thread thread;

    private volatile boolean wanted; // set by whoever wants work, cleared by the thread
                                     // before it looks

    private volatile boolean closing;

    private final ReentrantLock lock = new ReentrantLock();

    private final Condition progress = this.lock.newCondition(); // signalled at each step
                                                                 // and each failure

    private long steps; // guarded by lock

    private long attempts; // the number begun; guarded by lock

    private long failedAttempt; // the number of the newest that failed; guarded by lock

    private volatile Runnable flushed = () -> {
    };

    private @Nullable FutureTask<?> errand; // guarded by lock

    private volatile boolean errandWaits; // what is flushed now may be superfluous then

    private volatile @Nullable Throwable failure; // until a later flush heals it; written
                                                  // by the thread

    /**
     * Creates and starts the flusher of a log.
     * @param log the part in memory
     * @param segments the part on the device
     * @param deviceTimeout how long a waiter waits for a step of progress
     * @param nanoClock the time in nanoseconds, from any origin
     * @param threadName the name of its thread
     */
    public LogFlusher(HybridLog log, LogSegments segments, Duration deviceTimeout, LongSupplier nanoClock,
            String threadName) {
        this.log = log;
        this.segments = segments;
        this.deviceTimeout = deviceTimeout;
        this.nanoClock = nanoClock;
        this.thread = new Thread(this::run, threadName);
        this.thread.setDaemon(true);
        log.onPageEntered(this::request);
        this.thread.start();
    }

    /**
     * Says what to do after each step: it must not wait.
     * @param action what to do, on the thread of the flusher
     */
    public void onFlushed(Runnable action) {
        this.flushed = action;
    }

    private void request() {
        this.wanted = true;
        LockSupport.unpark(this.thread);
    }

    private void run() {
        while (!this.closing) {
            if (!this.wanted) {
                LockSupport.park(this);
                continue;
            }
            this.wanted = false;
            beginAttempt();
            try {
                runErrand();
                this.log.settle();
                long end = this.log.safeReadOnly();
                evict();
                do {
                    flushBatch(end);
                    evict();
                    signal(null);
                    this.flushed.run();
                }
                while (this.log.flushedUntil() < end && !this.closing && !this.errandWaits);
            }
            catch (Throwable ex) {
                try {
                    this.segments.abandonUnsynced(this.log.flushedUntil());
                }
                finally {
                    signal(ex);
                }
            }
        }
    }

    private void beginAttempt() {
        this.lock.lock();
        try {
            this.attempts++;
        }
        finally {
            this.lock.unlock();
        }
    }

    private void runErrand() {
        FutureTask<?> task;
        this.lock.lock();
        try {
            task = this.errand;
            this.errand = null;
            this.errandWaits = false;
        }
        finally {
            this.lock.unlock();
        }
        if (task != null) {
            task.run(); // keeps what it throws for the one who waits
        }
    }

    /**
     * Goes on in another place, as a new run does: what is in memory is gone. Nobody may
     * be in the epoch or enter it meanwhile.
     * @param run the number of the new run
     * @param recovered what earlier runs left, ascending and without gaps
     * @param begin where the log begins
     * @param tail where the new run begins to write
     */
    public void restart(long run, List<SegmentRange> recovered, long begin, long tail) {
        FutureTask<?> task = new FutureTask<>(() -> {
            this.segments.restart(run, recovered, tail);
            this.log.restart(begin, tail);
            this.failure = null;
        }, null);
        this.lock.lock();
        try {
            this.errand = task;
            this.errandWaits = true;
        }
        finally {
            this.lock.unlock();
        }
        try {
            await(task::isDone, this.deviceTimeout, "the record log to go on in a new run");
        }
        finally {
            task.cancel(false); // never later than this
        }
        try {
            task.get(); // done
        }
        catch (ExecutionException ex) {
            throw new StateFailedException("the record log could not go on in a new run: " + ex.getCause(), ex);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new StateInterruptedException("interrupted while the record log went on in a new run", ex);
        }
    }

    /** Brings a few pages to the device, so that waiters see progress and room. */
    private void flushBatch(long safeReadOnly) {
        long start = this.log.flushedUntil();
        long end = Math.min(safeReadOnly, this.log.batchEnd(start));
        if (start == end) {
            return;
        }
        CRC32C crc = new CRC32C();
        long seed = this.segments.contextSeed();
        for (long address = start; address < end;) {
            ByteBuffer page = this.log.page(address).duplicate();
            int from = this.log.offset(address);
            int to = (int) Math.min(this.log.pageSize(), from + (end - address));
            for (int offset = from; offset < to;) {
                offset += LogRecord.stamp(page, offset, to, LogRecord.context(seed, address + offset - from), crc);
            }
            this.segments.write(address, page.limit(to).position(from));
            address += to - from;
        }
        this.segments.sync();
        this.log.flushedUntil(end);
        this.failure = null;
    }

    private void evict() {
        long head = this.log.desiredHead();
        if (head > this.log.head()) {
            this.log.moveHead(head);
        }
    }

    private void signal(@Nullable Throwable ex) {
        this.lock.lock();
        try {
            this.steps++;
            if (ex != null) {
                this.failedAttempt = this.attempts;
                this.failure = ex;
            }
            this.progress.signalAll();
        }
        finally {
            this.lock.unlock();
        }
    }

    /**
     * Waits until a record can be allocated. Called outside the epoch.
     * @param size the size of the record in bytes
     * @throws StateInterruptedException if the thread was interrupted
     * @throws StateException if the device failed or did not answer
     */
    public void awaitRoom(int size) {
        await(() -> this.log.hasRoom(size), this.deviceTimeout,
                "room in memory (" + size + " bytes in the record log; memory-size bounds it)");
    }

    /**
     * Lets the log in memory begin later than it had to, and waits until it does.
     * @param address what lies before it need not stay in memory; it is flushed
     */
    public void evictUntil(long address) {
        this.log.notWanted(address);
        await(() -> this.log.head() >= address, this.deviceTimeout, "pages to leave memory");
    }

    /**
     * Waits until everything before an address, which is unchanging, is durable.
     * @param address the address
     * @param timeout how long to wait in all
     * @throws StateInterruptedException if the thread was interrupted
     * @throws StateException if the device failed or did not answer
     */
    public void flushUntil(long address, Duration timeout) {
        await(() -> this.log.flushedUntil() >= address, timeout, "the record log to be flushed");
    }

    private void await(BooleanSupplier condition, Duration timeout, String what) {
        if (condition.getAsBoolean()) {
            return;
        }
        this.lock.lock();
        try {
            long attemptsBefore = this.attempts;
            long deadline = this.nanoClock.getAsLong() + timeout.toNanos();
            request();
            while (!condition.getAsBoolean()) {
                if (this.closing) {
                    throw new IllegalStateException("the state manager is closed");
                }
                Throwable newest = this.failure;
                if (this.failedAttempt > attemptsBefore && newest != null) {
                    throw again(newest); // one that began after this request
                }
                awaitStep(what, timeout, deadline);
                request();
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new StateInterruptedException("interrupted while waiting for " + what + "; the change was not made",
                    ex);
        }
        finally {
            this.lock.unlock();
        }
    }

    /**
     * Waits for one step of the thread, but no longer than the device may take for one.
     */
    private void awaitStep(String what, Duration timeout, long deadline) throws InterruptedException {
        long stepsBefore = this.steps;
        long stepDeadline = this.nanoClock.getAsLong() + this.deviceTimeout.toNanos();
        while (this.steps == stepsBefore && !this.closing) {
            long now = this.nanoClock.getAsLong();
            if (now - deadline >= 0) {
                throw new StorageUnavailableException("waited " + timeout + " for " + what
                        + ", but the log device did not get that far; see device-timeout and checkpoint.timeout");
            }
            if (now - stepDeadline >= 0) {
                throw new StorageUnavailableException("waited for " + what
                        + ", but the log device has not answered for " + this.deviceTimeout + " (device-timeout)");
            }
            long nanosLeft = this.progress.awaitNanos(Math.min(deadline - now, stepDeadline - now));
            assert nanosLeft <= Math.min(deadline - now, stepDeadline - now) : nanosLeft;
        }
    }

    /** The same failure, thrown in another thread. */
    private static RuntimeException again(Throwable failure) {
        String message = "the record log could not be flushed: " + failure.getMessage();
        if (failure instanceof FencedException) {
            return new FencedException(message, failure);
        }
        if (failure instanceof StorageFullException) {
            return new StorageFullException(message, failure);
        }
        if (failure instanceof StorageUnavailableException) {
            return new StorageUnavailableException(message, failure);
        }
        if (failure instanceof StateException) {
            return new StateException(message, failure);
        }
        return new StateFailedException(message, failure);
    }

    /**
     * Why the log could not be flushed when it was tried last.
     * @return the failure, or null once a later flush has succeeded
     */
    public @Nullable Throwable failure() {
        return this.failure;
    }

    /**
     * Stops the thread and wakes whoever waits. Waits for a step under way at most as
     * long as the device may take.
     */
    @Override
    public void close() {
        this.closing = true;
        request();
        signal(null);
        try {
            this.thread.join(Math.max(1, this.deviceTimeout.toMillis()));
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

}
