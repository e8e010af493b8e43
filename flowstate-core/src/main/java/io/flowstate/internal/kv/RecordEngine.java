package io.flowstate.internal.kv;

import java.util.concurrent.atomic.AtomicInteger;

import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogFlusher;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.index.IndexMemory;
import io.flowstate.storage.StateFailedException;
import org.jspecify.annotations.Nullable;

/**
 * What all record states of a store share: the log in memory and on the device, the gate
 * and the epochs, the memory of the indexes.
 */
public final class RecordEngine {

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
