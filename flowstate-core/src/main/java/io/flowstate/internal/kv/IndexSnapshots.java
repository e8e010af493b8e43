package io.flowstate.internal.kv;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.LongConsumer;

import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;

/**
 * Takes and reads snapshots of the hash indexes, while writers go on.
 *
 * <p>
 * Why a snapshot and the log from {@code replayFrom} on give the index of a later cut:
 * the tail is noted, and whoever had appended a record before it has let the index point
 * to it before the walk begins. So the walk meets, for each chain, the newest record
 * before the noted tail or a later one. A later one is met again by the replay, which
 * goes in the order of addresses, as the index did: in a chain they only rise.
 *
 * <p>
 * The log of the indexes lies beside that of the records; each snapshot begins a segment.
 * One thread at a time, the checkpoint thread.
 */
public final class IndexSnapshots {

    /** So many buckets are copied in one epoch. */
    private static final int BUCKETS_AT_ONCE = 64;

    private final RecordEngine engine;

    private final LogSegments segments;

    private final SnapshotBlock block = new SnapshotBlock();

    private long[] copied = new long[1024]; // address and hash by turns

    private int copiedLongs;

    /**
     * Creates a taker of snapshots.
     * @param engine the engine
     * @param segments the log of the indexes
     */
    public IndexSnapshots(RecordEngine engine, LogSegments segments) {
        this.engine = engine;
        this.segments = segments;
    }

    /**
     * Takes a snapshot, durable when this returns.
     * @param replayFrom the tail of the record log, noted before the tables were listed
     * @param tables all tables
     */
    public IndexSnapshot take(long replayFrom, Collection<RecordTable> tables) {
        this.engine.epochs.synchronize(); // who appended before replayFrom has linked
        this.segments.beginSegment();
        long start = this.segments.writtenUntil();
        try {
            tables.forEach(this::write);
            this.block.write(this.segments, true);
            this.segments.sync();
        }
        catch (Throwable ex) {
            this.block.clear();
            this.segments.abandonUnsynced(start);
            throw ex;
        }
        return new IndexSnapshot(replayFrom, this.engine.log.tail(),
                this.segments.ranges(start, this.segments.writtenUntil()));
    }

    private void write(RecordTable table) {
        long position = 0;
        do {
            this.copiedLongs = 0;
            int slot = this.engine.epochs.enter();
            try {
                if (table.isReleased()) {
                    return;
                }
                position = table.index().visitEntries(position, BUCKETS_AT_ONCE, this::copy);
            }
            finally {
                this.engine.epochs.exit(slot);
            }
            long begin = this.engine.log.begin();
            for (int i = 0; i < this.copiedLongs; i += 2) {
                if (this.copied[i] >= begin) {
                    if (!this.block.hasRoom()) {
                        this.block.write(this.segments, false);
                    }
                    this.block.add(table.stateId(), this.copied[i], this.copied[i + 1]);
                }
            }
        }
        while (position != 0);
    }

    private void copy(long address, long hash) {
        if (this.copiedLongs == this.copied.length) {
            this.copied = Arrays.copyOf(this.copied, 2 * this.copied.length);
        }
        this.copied[this.copiedLongs++] = address;
        this.copied[this.copiedLongs++] = hash;
    }

    /**
     * Reads a snapshot, every byte verified.
     * @param segments the log of the indexes
     * @param snapshot which one
     * @param visitor meets the entries
     * @param progress told, block by block, how many bytes of it were read
     * @throws io.flowstate.storage.CorruptStateException if it is damaged
     */
    static void read(LogSegments segments, IndexSnapshot snapshot, SnapshotBlock.Visitor visitor,
            LongConsumer progress) {
        SnapshotBlock block = new SnapshotBlock();
        boolean complete = false;
        long bytesRead = 0;
        for (SegmentRange range : snapshot.segments()) {
            for (long address = range.startAddress(); address < range.endAddress();) {
                int length = block.read(segments, range, address);
                if (complete || !block.visit(visitor)) {
                    throw segments.corrupt(range, address, "a block of an index snapshot", "one that does not fit");
                }
                complete = block.isLast();
                address += length;
                bytesRead += length;
                progress.accept(bytesRead);
            }
        }
        if (!complete) {
            SegmentRange range = snapshot.segments().get(snapshot.segments().size() - 1);
            throw segments.corrupt(range, range.startAddress(), "the last block of an index snapshot", "none");
        }
    }

}
