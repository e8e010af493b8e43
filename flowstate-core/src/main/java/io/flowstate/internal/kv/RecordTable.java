package io.flowstate.internal.kv;

import java.util.concurrent.atomic.LongAdder;

import io.flowstate.internal.index.HashIndex;

/**
 * The records of a state under one id: the index that leads to them, and what is counted
 * of them. A state gets another table when it is cleared or restored, and has none once
 * it is dropped.
 */
public final class RecordTable {

    private final int stateId;

    private final HashIndex index;

    private final LiveBytes live;

    private final LongAdder removed = new LongAdder(); // keys removed whose entries are
                                                       // still in the index, about

    private volatile boolean released; // set before the index is given back

    /**
     * Creates a table without records.
     * @param engine what it shares with other tables
     * @param stateId the id of the state in every record
     * @param expectedEntries for how many keys its index has room at first
     */
    public RecordTable(RecordEngine engine, int stateId, long expectedEntries) {
        this(engine, stateId, expectedEntries, 0, 0);
    }

    /**
     * Creates a table whose records are about to be recovered.
     * @param engine what it shares with other tables
     * @param stateId the id of the state in every record
     * @param expectedEntries for how many keys its index has room at first
     * @param liveBytes what {@link #liveBytes} was
     * @param removed what {@link #removed} was
     */
    public RecordTable(RecordEngine engine, int stateId, long expectedEntries, long liveBytes, long removed) {
        this.stateId = stateId;
        this.index = new HashIndex(engine.epochs, engine.indexMemory, expectedEntries);
        this.live = new LiveBytes(engine, liveBytes);
        this.removed.add(removed);
    }

    /** The id of the state in every record. */
    public int stateId() {
        return this.stateId;
    }

    HashIndex index() {
        return this.index;
    }

    LiveBytes live() {
        return this.live;
    }

    /** The bytes of the log that its records need, about. */
    public long liveBytes() {
        return this.live.sum();
    }

    /** The number of keys that have an entry but no value, about. */
    public long removed() {
        return Math.max(0, this.removed.sum() - this.index.droppedEntries());
    }

    /** The number of entries of its index, those of removed keys included. */
    public long entries() {
        return this.index.entries();
    }

    /** The number of keys that have a value, about. */
    long estimatedSize() {
        return Math.max(0, entries() - removed());
    }

    void countRemoved(int delta) {
        this.removed.add(delta);
    }

    /** The bytes of a record on the device that nobody looks at. */
    long meanRecordBytes() {
        return liveBytes() / Math.max(1, estimatedSize());
    }

    /**
     * Gives the memory of the index back, once all have left that are inside. Outside the
     * epoch, after the state was given another table.
     */
    public void release() {
        this.released = true;
        this.index.release();
    }

    /** Whether the index may be gone already. Inside the epoch. */
    boolean isReleased() {
        return this.released;
    }

}
