package io.flowstate.internal.kv;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.function.Supplier;

import io.flowstate.internal.hybridlog.HybridLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that keeps the record log small: whenever the log has become longer than
 * what the states need allows, it cleans from the begin on until it is not. The space
 * comes back when no kept checkpoint needs it any more.
 *
 * <p>
 * The log may be half as long again as the records that count, and a segment. A state
 * that is overwritten evenly then has two records copied for each that is overwritten. If
 * cleaning cannot keep up and the log becomes three quarters longer, writers are slowed
 * down.
 *
 * <p>
 * If a step fails (the device is full, say), begin stays where it was; the next flush or
 * checkpoint lets it be tried again. Thread-safe.
 */
public final class CleaningProcess implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(CleaningProcess.class);

    /** What is less than one in so many is not worth another cycle. */
    private static final int NOTICEABLE_SHARE = 64;

    private final RecordEngine engine;

    private final RecordCleaner cleaner;

    private final Supplier<Collection<RecordTable>> tables;

    private final Runnable afterwards;

    private final long segmentSizeBytes;

    /** Held by the one who cleans, or keeps others from it; fair, for a restore. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private final Thread thread;

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private volatile boolean wanted; // set by whoever wants work, cleared by the thread

    private volatile boolean closing;

    private volatile long correction; // what a sample showed the counts to be wrong by;
                                      // written under turn

    private boolean doubted; // whether a sample is due in any case; guarded by turn

    private long doubtfulBefore; // when the last sample was taken; the thread only

    // When the present cycle of cleaning began; written under turn.

    private volatile boolean settled; // nothing had changed in the one before

    private volatile long appendedBefore;

    private volatile long countedBefore = -1;

    /**
     * Creates and starts the process.
     * @param engine the engine
     * @param stores the store of a state id, null if there is none
     * @param tables the tables of all states
     * @param segmentSizeBytes the size of a segment
     * @param afterwards what to do when begin has moved
     */
    public CleaningProcess(RecordEngine engine, IntFunction<@Nullable RecordStore> stores,
            Supplier<Collection<RecordTable>> tables, long segmentSizeBytes, Runnable afterwards) {
        this.engine = engine;
        this.cleaner = new RecordCleaner(engine, stores);
        this.tables = tables;
        this.segmentSizeBytes = segmentSizeBytes;
        this.afterwards = afterwards;
        this.thread = new Thread(this::run, "flowstate-cleaning");
        this.thread.setDaemon(true);
        engine.flusher.onFlushed(this::request);
        this.thread.start();
    }

    /**
     * Lets the thread look whether there is something to clean, and slows writers down
     * until it has. Waits for nothing.
     */
    public void request() {
        isBehind();
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
            try {
                cleanAsNeeded();
                this.failure.set(null);
            }
            catch (Throwable ex) {
                if (!this.closing && this.failure.getAndSet(ex) == null) {
                    logger.warn("The record log could not be cleaned; tried again after the next flush", ex);
                }
            }
            finally {
                this.engine.cleaningBehind(false);
            }
        }
    }

    private void cleanAsNeeded() {
        takeSample();
        boolean moved = false;
        while (!this.closing && isTooLong()) {
            if (!step(this.engine.log.flushedUntil())) {
                break;
            }
            moved = true;
        }
        if (moved) {
            this.afterwards.run();
        }
    }

    /** Looks at the log itself when the counts may have become wrong. */
    private void takeSample() {
        HybridLog log = this.engine.log;
        long length = log.flushedUntil() - log.begin();
        long doubtful = this.tables.get().stream().mapToLong((table) -> table.live().doubtfulBytes()).sum();
        this.turn.lock();
        try {
            long since = Math.abs(doubtful - this.doubtfulBefore);
            if (!this.doubted && since < Math.max(this.segmentSizeBytes, length / 16)) {
                return;
            }
            long flushed = log.flushedUntil();
            long live = this.cleaner.sampleLiveBytes(log.begin(), flushed) + log.tail() - flushed;
            this.correction = live - countedBytes();
            this.doubted = false;
            this.doubtfulBefore = doubtful;
        }
        finally {
            this.turn.unlock();
        }
    }

    /**
     * While a checkpoint keeps what was cleaned on the device, there is no hurry: copies
     * take space too.
     */
    private boolean isTooLong() {
        HybridLog log = this.engine.log;
        long live = liveBytes();
        long length = log.flushedUntil() - log.begin();
        boolean room = this.engine.segments.sizeBytes() < 2 * live;
        return length > live + live / 2 + this.segmentSizeBytes && (room || isBehind()) && isWorthwhile();
    }

    /**
     * A log that a whole cycle has gone through while nothing changed is as short as it
     * can be: another cycle is for what others write, clear or drop.
     */
    private boolean isWorthwhile() {
        return !this.settled || !isUnchanged();
    }

    /** Whether little has changed since the present cycle began. */
    private boolean isUnchanged() {
        long keys = this.tables.get().stream().mapToLong(RecordTable::estimatedSize).sum();
        long counted = countedBytes();
        return appendedByOthers() - this.appendedBefore <= keys / NOTICEABLE_SHARE
                && Math.abs(counted - this.countedBefore) <= counted / NOTICEABLE_SHARE;
    }

    private long appendedByOthers() {
        return this.engine.operations.count(Operation.Count.APPENDED) - this.cleaner.copiedRecords();
    }

    private boolean isBehind() {
        long live = liveBytes();
        boolean behind = this.engine.log.flushedUntil() - this.engine.log.begin() > live + live * 3 / 4
                + this.segmentSizeBytes;
        this.engine.cleaningBehind(behind);
        return behind;
    }

    private boolean step(long limit) {
        this.turn.lock();
        try {
            boolean moved = this.cleaner.step(limit);
            if (this.engine.log.begin() >= this.engine.cycleStart) {
                this.tables.get().forEach(RecordTable::nextCycle);
                this.settled = isUnchanged();
                this.appendedBefore = appendedByOthers();
                this.countedBefore = countedBytes();
                this.doubted = this.correction != 0;
                this.correction = 0;
                this.engine.cycleStart = this.engine.log.tail();
            }
            return moved;
        }
        finally {
            this.turn.unlock();
        }
    }

    /**
     * Cleans everything before an address, in the caller's thread.
     * @param limit the address; it is flushed
     */
    public void cleanUntil(long limit) {
        while (step(limit)) {
            this.engine.checkOpen();
        }
        this.afterwards.run();
    }

    /**
     * Keeps everybody from cleaning while something is done.
     * @param action what to do
     */
    public void exclude(Runnable action) {
        this.turn.lock();
        try {
            action.run();
        }
        finally {
            this.turn.unlock();
        }
    }

    /** The bytes of the log that all states together need, about. */
    public long liveBytes() {
        return Math.max(0, countedBytes() + this.correction);
    }

    private long countedBytes() {
        return this.tables.get().stream().mapToLong(RecordTable::liveBytes).sum();
    }

    /** Bytes that the log has begun after, in this run. */
    public long cleanedBytes() {
        return this.cleaner.cleanedBytes();
    }

    /** Bytes of records written once more for it, in this run. */
    public long copiedBytes() {
        return this.cleaner.copiedBytes();
    }

    /** Why cleaning failed when it was tried last; null if it did not. */
    public @Nullable Throwable failure() {
        return this.failure.get();
    }

    /** Lets the thread end; what it waits for ends when the engine is closed. */
    @Override
    public void close() {
        this.closing = true;
        LockSupport.unpark(this.thread);
    }

}
