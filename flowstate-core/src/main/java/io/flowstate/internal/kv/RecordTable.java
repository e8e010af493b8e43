package io.flowstate.internal.kv;

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

    private final LiveBytes keys; // the same count, with 1 for each record

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
     * @param keys what {@link #estimatedSize} was
     */
    public RecordTable(RecordEngine engine, int stateId, long expectedEntries, long liveBytes, long keys) {
        this.stateId = stateId;
        this.index = new HashIndex(engine.epochs, engine.indexMemory, expectedEntries);
        this.live = new LiveBytes(engine, liveBytes);
        this.keys = new LiveBytes(engine, keys);
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

    /** The number of entries of its index, those of removed keys included. */
    public long entries() {
        return this.index.entries();
    }

    /** The number of keys that have a value, about. */
    public long estimatedSize() {
        return this.keys.sum();
    }

    /**
     * Counts a record just appended, and an older one as needed no more.
     * @param oldBytes what the older one took of the log; 0 if it was a removal or there
     * was none
     * @param newBytes what the new one takes; 0 if it is a removal
     */
    void countReplaced(long oldAddress, long oldBytes, long newBytes) {
        this.live.replace(oldAddress, oldBytes, newBytes);
        this.keys.replace(oldAddress, (oldBytes != 0) ? 1 : 0, (newBytes != 0) ? 1 : 0);
    }

    /** Counts a record that was made a removal where it is. */
    void countRemoved(long address, long bytes) {
        this.live.add(address, -bytes);
        this.keys.add(address, -1);
    }

    /** Counts a removal that was made a record again where it is. */
    void countRevived(long address, long bytes) {
        this.live.add(address, bytes);
        this.keys.add(address, 1);
    }

    /** Lets the next cycle of cleaning begin; see {@link LiveBytes#nextCycle}. */
    void nextCycle() {
        this.live.nextCycle();
        this.keys.nextCycle();
    }

    /**
     * The bytes of a record on the device that nobody looks at: too few rather than too
     * many, since entries of removed keys are counted.
     */
    long meanRecordBytes() {
        return Math.max(1, liveBytes() / Math.max(1, entries()));
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
