package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogFlusher;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.index.IndexMemory;
import io.flowstate.storage.StateFailedException;
import org.jspecify.annotations.Nullable;

/**
 * What all record states of a store share: the log in memory and on the device, the gate
 * and the epochs, the memory of the indexes.
 */
public final class RecordEngine {

    private static final long CLEANING_PAUSE_NANOS = 1_000_000;

    final Epochs epochs;

    final Gate gate;

    final HybridLog log;

    final LogFlusher flusher;

    final LogSegments segments;

    final IndexMemory indexMemory;

    final KeyHash hash;

    final Operation.Pool operations = new Operation.Pool();

    private final AtomicInteger largestRecord = new AtomicInteger(); // rises

    /**
     * Why a record may be half changed in memory; set once and for good by whoever was
     * changing it.
     */
    volatile @Nullable Throwable failure;

    /**
     * Where the present cycle of cleaning began; see {@link LiveBytes}. The cleaning
     * thread writes.
     */
    volatile long cycleStart;

    /** Whether cleaning needs writers to slow down; the cleaning thread writes. */
    private volatile boolean cleaningBehind;

    /** How long a snapshot needs writers to wait; the checkpoint thread writes. */
    private volatile long snapshotPauseNanos;

    private final AtomicLong restores = new AtomicLong();

    private volatile boolean closed;

    /**
     * Creates an engine without states.
     * @param epochs entered by every operation
     * @param gate passed by every change
     * @param log the log in memory
     * @param flusher brings it to the device
     * @param segments the log on the device
     * @param indexMemory the memory of the indexes
     * @param hash the hash of keys
     */
    public RecordEngine(Epochs epochs, Gate gate, HybridLog log, LogFlusher flusher, LogSegments segments,
            IndexMemory indexMemory, KeyHash hash) {
        this.epochs = epochs;
        this.gate = gate;
        this.log = log;
        this.flusher = flusher;
        this.segments = segments;
        this.indexMemory = indexMemory;
        this.hash = hash;
        this.cycleStart = log.tail();
    }

    /** The gate that every change passes. */
    public Gate gate() {
        return this.gate;
    }

    /** The operations that states of this engine use. */
    public Operation.Pool operations() {
        return this.operations;
    }

    /** The size of the largest record ever written, in bytes. */
    public int largestRecord() {
        return this.largestRecord.get();
    }

    /** Notes that there are records up to a size. */
    public void noteRecord(int size) {
        if (size > this.largestRecord.get()) {
            this.largestRecord.accumulateAndGet(size, Math::max);
        }
    }

    /**
     * Follows a chain through the records in memory. Inside the epoch.
     * @param operation has the key
     * @param first the newest record of the chain
     * @param head where memory begins
     * @return the address of the key's record, or the complement of the address at which
     * the chain goes on on the device
     */
    long findInMemory(Operation operation, long first, long head) {
        long address = first;
        while (address >= head) {
            ByteBuffer page = this.log.page(address);
            int offset = this.log.offset(address);
            if (operation.hasKey(page, offset)) {
                return address;
            }
            address = LogRecord.next(LogRecord.info(page, offset));
        }
        return ~address;
    }

    /** Says whether writers shall slow down. */
    void cleaningBehind(boolean behind) {
        this.cleaningBehind = behind;
    }

    /** Whether writers are slowed down because cleaning is behind. */
    public boolean isCleaningBehind() {
        return this.cleaningBehind;
    }

    /**
     * Lets each change or unit of work wait before it begins, so that a snapshot of the
     * indexes is not too old as soon as it is taken.
     * @param pause how long; zero to let it wait no more
     */
    public void slowDownForSnapshot(Duration pause) {
        this.snapshotPauseNanos = pause.toNanos();
    }

    /**
     * Called before a change or a unit of work, outside gate and epoch: while cleaning is
     * behind, or snapshots cannot keep up, each takes a little longer.
     */
    public void slowDown() {
        long pauseNanos = this.snapshotPauseNanos;
        if ((pauseNanos != 0 || this.cleaningBehind) && !this.gate.inUnit()) {
            LockSupport.parkNanos(Math.max(pauseNanos, this.cleaningBehind ? CLEANING_PAUSE_NANOS : 0));
        }
    }

    /** Where the next record goes. */
    public long tail() {
        return this.log.tail();
    }

    /** How many checkpoints were restored. */
    long restores() {
        return this.restores.get();
    }

    /** Notes that a checkpoint is being restored. The gate is shut. */
    public void noteRestore() {
        this.restores.incrementAndGet();
    }

    /** Lets a cycle of cleaning begin at the tail, before others come. */
    public void beginCycle() {
        this.cycleStart = this.log.tail();
    }

    /** Lets every further operation throw: memory may be wrong. */
    public void fail(Throwable cause) {
        this.failure = cause;
    }

    /** Lets every further operation throw {@link IllegalStateException}. */
    public void close() {
        this.closed = true;
    }

    /** Throws if the engine is closed. */
    public void checkOpen() {
        if (this.closed) {
            throw new IllegalStateException("the state manager is closed");
        }
        Throwable cause = this.failure;
        if (cause != null) {
            throw new StateFailedException(
                    "an operation was torn off in the middle of a change (" + cause
                            + "); close the state manager and open it again, which recovers the last checkpoint",
                    cause);
        }
    }

}
