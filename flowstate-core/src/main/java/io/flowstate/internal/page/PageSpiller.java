package io.flowstate.internal.page;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import io.flowstate.internal.pagestore.PageCodecs;
import io.flowstate.storage.StateException;
import io.flowstate.storage.StateInterruptedException;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * Writes modified pages that left the cache to the modified-page file, one thread for a
 * store. A page that was changed meanwhile stays in memory. What cannot be written stays
 * in memory too; those who change pages then wait, try again, and get the reason.
 */
final class PageSpiller implements AutoCloseable {

    /** So many bytes may always be on their way. */
    private static final long LEAST_BACKLOG = 1 << 20;

    private static final long MOST_BACKLOG = 64 << 20;

    private static final int CACHE_SHARE = 8;

    /**
     * Who waits for room goes on when this part of what is allowed has left, not after
     * each page: to wake a thread takes as long as to write one.
     */
    private static final int WAKE_PART = 8;

    /** Inside a unit of work, which holds up a cut, as many times more are allowed. */
    private static final int UNIT_OVERDRAFT = 2;

    private final Cache cache;

    private final PageCodecs codecs;

    private final ModifiedPageFile file;

    private final boolean readCache;

    private final long limit;

    private final long timeoutNanos;

    private final LongSupplier nanoClock;

    private final Queue<Page> leaving = new ConcurrentLinkedQueue<>();

    private final AtomicLong leavingBytes = new AtomicLong();

    private final ReentrantLock lock = new ReentrantLock();

    private final Condition progress = this.lock.newCondition();

    private long failures; // guarded by lock

    // so few bytes on their way wake those who wait, -1 if nobody does; written under
    // lock, read by the thread after it has taken bytes off
    private volatile long wakeAt = -1;

    private volatile @Nullable Throwable failure; // until a later page is written

    private byte[] scratch = {}; // the thread only

    private byte[] image = {}; // the thread only

    private volatile boolean closing;

    private final Thread thread;

    PageSpiller(Cache cache, PageCodecs codecs, ModifiedPageFile file, PageTiersSettings settings,
            LongSupplier nanoClock) {
        this.cache = cache;
        this.codecs = codecs;
        this.file = file;
        this.readCache = settings.readCache();
        this.limit = Math.max(LEAST_BACKLOG, Math.min(MOST_BACKLOG, settings.cacheMemory() / CACHE_SHARE));
        this.timeoutNanos = settings.deviceTimeout().toNanos();
        this.nanoClock = nanoClock;
        this.thread = new Thread(this::run, "flowstate-pages");
        this.thread.setDaemon(true);
        this.thread.start();
    }

    /** Takes a page that left the cache. Never waits. */
    void offer(Page page) {
        boolean modified = page.isModified();
        if (modified || (this.readCache && this.leavingBytes.get() < this.limit / 2)) {
            this.leaving.add(page);
            this.leavingBytes.addAndGet(page.bytes.length);
            LockSupport.unpark(this.thread);
        }
    }

    /**
     * Waits while too much is on its way.
     * @param inUnit whether this thread is in a unit of work
     */
    void awaitRoom(boolean inUnit) {
        long most = inUnit ? UNIT_OVERDRAFT * this.limit : this.limit;
        if (this.leavingBytes.get() > most) {
            waitUntilBelow(most);
        }
    }

    private void waitUntilBelow(long most) {
        long deadline = this.nanoClock.getAsLong() + this.timeoutNanos;
        long enough = most - most / WAKE_PART;
        this.lock.lock();
        try {
            long failuresBefore = this.failures;
            while (true) {
                this.wakeAt = Math.max(this.wakeAt, enough);
                if (this.leavingBytes.get() <= enough) {
                    return;
                }
                this.cache.checkOpen();
                Throwable cause = this.failure;
                if (this.failures > failuresBefore && cause != null) {
                    throw refused(cause);
                }
                long left = deadline - this.nanoClock.getAsLong();
                if (left <= 0) {
                    throw new StorageUnavailableException(
                            "the modified-page file in temporary-dir has not taken a page for"
                                    + " device-timeout; the change was not made");
                }
                LockSupport.unpark(this.thread);
                this.progress.awaitNanos(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new StateInterruptedException(
                    "interrupted while waiting for pages to go to the modified-page file; the change was not made", ex);
        }
        finally {
            this.lock.unlock();
        }
    }

    private static StateException refused(Throwable cause) {
        String message = "changed pages that do not fit in the cache cannot be written to the modified-page file;"
                + " the change was not made: " + cause.getMessage();
        return (cause instanceof StorageFullException) ? new StorageFullException(message, cause)
                : new StorageUnavailableException(message, cause);
    }

    private void run() {
        while (!this.closing) {
            Page page = this.leaving.poll();
            if (page == null) {
                LockSupport.park(this);
                continue;
            }
            try {
                spill(page);
                done(page, null);
            }
            catch (Throwable ex) {
                if (page.isModified()) {
                    this.leaving.add(page);
                    done(null, ex);
                    LockSupport.park(this); // until somebody needs room
                }
                else {
                    done(page, null); // lost is only a copy
                }
            }
        }
    }

    private void done(@Nullable Page page, @Nullable Throwable reason) {
        long left = this.leavingBytes.addAndGet((page != null) ? -page.bytes.length : 0);
        this.failure = reason;
        if (reason == null && left > this.wakeAt) {
            return;
        }
        this.lock.lock();
        try {
            if (reason != null) {
                this.failures++;
            }
            this.wakeAt = -1;
            this.progress.signalAll();
        }
        finally {
            this.lock.unlock();
        }
    }

    private void spill(Page page) {
        // Even if it seems to be in the cache: the cache tells of an eviction before the
        // entry is gone, and would not tell again.
        Page.Owner owner = page.home.owner();
        Page.Spilling spilling = owner.beginSpilling(page, this.readCache, this::scratch);
        if (spilling == null) {
            return;
        }
        ByteBuffer image = this.codecs.encode(page.home.stateId(), page.number, spilling.bytes(), spilling.length(),
                this.image);
        PageSlot slot = write(image, spilling.version() != null);
        boolean taken = false;
        try {
            taken = owner.endSpilling(page, spilling, slot);
        }
        finally {
            if (!taken) {
                this.file.free(slot);
            }
        }
    }

    /** Room for the bytes of a page, and elsewhere for its image. */
    private byte[] scratch(int length) {
        if (this.scratch.length < length) {
            this.scratch = new byte[length];
            this.image = new byte[PageCodecs.maxImageBytes(length)];
        }
        return this.scratch;
    }

    private PageSlot write(ByteBuffer image, boolean modified) {
        try {
            return this.file.write(image);
        }
        catch (StorageFullException ex) {
            if (!modified) {
                throw ex;
            }
            this.cache.freeCopies();
            return this.file.write(image.rewind());
        }
    }

    long leavingBytes() {
        return this.leavingBytes.get();
    }

    @Nullable Throwable failure() {
        return this.failure;
    }

    /** Waits for the page that is being written. */
    @Override
    public void close() {
        this.closing = true;
        LockSupport.unpark(this.thread);
        boolean interrupted = false;
        while (this.thread.isAlive()) {
            try {
                this.thread.join(TimeUnit.NANOSECONDS.toMillis(this.timeoutNanos));
                break; // a file that hangs is left to its thread
            }
            catch (InterruptedException ex) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The page cache, as the spiller sees it. */
    interface Cache {

        /** Frees copies of pages that the page log has too. */
        void freeCopies();

        /** Throws if the store is closed or has failed. */
        void checkOpen();

    }

}
