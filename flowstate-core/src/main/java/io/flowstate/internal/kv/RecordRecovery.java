package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.hybridlog.LogScanner;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.index.IndexEntry;
import io.flowstate.storage.IncompatibleStateException;
import org.jspecify.annotations.Nullable;

/**
 * Brings the indexes of all record states up again: from the snapshot of a checkpoint and
 * the log from there to the cut, or from the whole log if there is none, every byte
 * verified. One thread, while no other is in the store.
 */
public final class RecordRecovery {

    private final RecordEngine engine;

    private final LogSegments indexSegments;

    private final IntFunction<@Nullable RecordStore> stores;

    private final Map<Long, Oversized> oversized = new LinkedHashMap<>(); // by address

    private final RecoveryProgress progress;

    private final Operation operation = new Operation();

    private final IndexEntries entries = new IndexEntries();

    private long replayedBytes;

    /**
     * Creates a recovery.
     * @param engine the engine, its log empty in memory
     * @param indexSegments the log of the snapshots
     * @param stores the store of a state id, null if the state was dropped; its table is
     * empty
     * @param progress counts the bytes as they are read
     */
    public RecordRecovery(RecordEngine engine, LogSegments indexSegments, IntFunction<@Nullable RecordStore> stores,
            RecoveryProgress progress) {
        this.engine = engine;
        this.indexSegments = indexSegments;
        this.stores = stores;
        this.progress = progress;
    }

    /**
     * Reads snapshot and log.
     * @param snapshot the snapshot, null if there is none
     * @param begin where the log begins
     * @param end the cut
     * @throws io.flowstate.storage.CorruptStateException if anything read is damaged
     * @throws IncompatibleStateException if a record that counts does not fit a log page
     */
    public void recover(@Nullable IndexSnapshot snapshot, long begin, long end) {
        // which of the oversized records count can only be told by looking at all
        boolean useSnapshot = snapshot != null && this.engine.largestRecord() <= this.engine.log.pageSize();
        long from = begin;
        if (snapshot != null && useSnapshot) {
            from = Math.max(begin, snapshot.replayFrom());
            this.progress.begin(snapshot.sizeBytes() + end - from);
            load(snapshot, begin);
        }
        else {
            this.progress.begin(end - from);
        }
        this.replayedBytes = end - from;
        long base = this.progress.bytesRead() - from;
        scan(this.engine.segments, from, end, (address, buffer, offset) -> {
            this.progress.reached(base + address);
            return recover(address, buffer, offset);
        });
        this.entries.flush();
        this.progress.end();
        this.oversized.forEach(this::checkSuperseded);
    }

    private void load(IndexSnapshot snapshot, long begin) {
        IndexEntry entry = new IndexEntry();
        IndexSnapshots.read(this.indexSegments, snapshot, (stateId, address, hash) -> {
            RecordStore store = (address >= begin) ? this.stores.apply(stateId) : null;
            if (store != null) {
                store.presentTable().index().put(hash, entry, address);
            }
        }, this.progress::reached);
    }

    private static void scan(LogSegments segments, long from, long end, LogScanner.Visitor visitor) {
        LogScanner scanner = new LogScanner(segments);
        for (SegmentRange range : segments.ranges(from, end)) {
            scanner.scan(range, Math.max(from, range.startAddress()), range.endAddress(), visitor);
        }
    }

    /**
     * Reads and verifies all that {@link #recover} would read.
     * @param segments the log of the records
     * @param indexSegments the log of the snapshots
     * @param snapshot the snapshot, null if there is none
     * @param replayFrom where replay would begin
     * @param end the cut
     * @throws io.flowstate.storage.CorruptStateException if anything is damaged
     */
    public static void verify(LogSegments segments, LogSegments indexSegments, @Nullable IndexSnapshot snapshot,
            long replayFrom, long end) {
        segments.verify();
        indexSegments.verify();
        if (snapshot != null) {
            IndexSnapshots.read(indexSegments, snapshot, (stateId, address, hash) -> {
            }, (bytesRead) -> {
            });
        }
        scan(segments, replayFrom, end, (address, buffer, offset) -> true);
    }

    private boolean recover(long address, ByteBuffer buffer, int offset) {
        RecordStore store = this.stores.apply(LogRecord.stateId(buffer, offset));
        if (store != null) {
            store.setKeyAndHash(this.operation, buffer, offset);
            this.entries.add(store.presentTable().index(), this.operation.hash, address);
            int size = LogRecord.size(buffer, offset);
            if (size > this.engine.log.pageSize()) {
                this.oversized.put(address, new Oversized(store, this.operation.key().toByteArray(), size));
            }
        }
        return true;
    }

    private void checkSuperseded(long address, Oversized record) {
        this.operation.key().clear();
        this.operation.key().writeBytes(record.key());
        if (record.store().isNewest(this.operation, address)) {
            throw new IncompatibleStateException(
                    "page-size is " + this.engine.log.pageSize() + " bytes, but the store holds a record of "
                            + record.size() + " bytes, written with larger pages; raise page-size to at least that");
        }
    }

    /** The bytes of the log that were read. */
    public long replayedBytes() {
        return this.replayedBytes;
    }

    private record Oversized(RecordStore store, byte[] key, int size) {
    }

}
