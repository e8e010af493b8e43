package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.hybridlog.SegmentRead;
import io.flowstate.internal.memory.BufferAccess;
import io.flowstate.internal.memory.DirectMemory;
import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the record of a key: first its chain, then along the chain, in memory inside
 * the epoch and on the device outside it.
 */
final class RecordLookup {

    /** The cache lines of a record that a batch asks for beforehand. */
    private static final int TOUCHED_LINES = 3;

    private final RecordEngine engine;

    RecordLookup(RecordEngine engine) {
        this.engine = engine;
    }

    /**
     * Finds the chain of the operation's key, inside the epoch.
     * @param table the present table of the state, null if it has none
     */
    void find(@Nullable RecordTable table, Operation operation) {
        operation.table = table;
        // before the entry: a copy takes effect before begin passes its original
        operation.seenBegin = this.engine.log.begin();
        operation.seenFirst = (table != null) ? table.index().find(operation.hash) : LogAddress.NONE;
    }

    /**
     * Finds the chains of many operations, inside the epoch, and brings what they lead to
     * into the cache: buckets and records are asked for in loops so short that the
     * processor has many of them under way at once.
     * @param table the present table of the state, null if it has none
     */
    void findAll(@Nullable RecordTable table, Operation.Batch batch) {
        long read = 0; // or nothing would have to be read
        for (int i = 0; table != null && i < batch.size(); i++) {
            read += table.index().touch(batch.get(i).hash);
        }
        for (int i = 0; i < batch.size(); i++) {
            find(table, batch.get(i));
        }
        long head = this.engine.log.head();
        for (int i = 0; i < batch.size(); i++) {
            long address = batch.get(i).seenFirst;
            read += (address >= head) ? touch(address) : 0;
        }
        batch.touched(read);
    }

    /** Reads from the first cache lines of a record, without any meaning. */
    private long touch(long address) {
        ByteBuffer page = this.engine.log.page(address);
        int offset = this.engine.log.offset(address);
        long read = BufferAccess.getLong(page, offset);
        for (int line = 1; line < TOUCHED_LINES; line++) {
            int next = Math.min(offset + line * DirectMemory.CACHE_LINE_BYTES, page.capacity() - Long.BYTES);
            read += BufferAccess.getLong(page, next);
        }
        return read;
    }

    /** Reads from the chain that was found what is in memory, in the same epoch. */
    Found readInMemory(Operation operation) {
        operation.seenAddress = LogAddress.NONE;
        operation.foundAddress = LogAddress.NONE;
        operation.pureFirst = LogAddress.NONE;
        if (operation.table == null) {
            return Found.RETRY;
        }
        long address = this.engine.findInMemory(operation, operation.seenFirst, this.engine.log.head());
        if (address >= 0) {
            return copyValue(operation, address);
        }
        operation.deviceAddress = ~address;
        return (operation.deviceAddress >= operation.seenBegin) ? Found.ON_DEVICE : Found.ABSENT;
    }

    private Found copyValue(Operation operation, long address) {
        ByteBuffer page = this.engine.log.page(address);
        int offset = this.engine.log.offset(address);
        boolean unchanging = address < this.engine.log.safeReadOnly();
        long info = LogRecord.info(page, offset);
        int changes = LogRecord.changes(page, offset);
        int length = LogRecord.valueLength(page, offset);
        if (length < 0 || length > LogRecord.capacity(page, offset)) {
            return Found.RETRY; // read in the middle of a change
        }
        operation.ensureValue(length);
        page.get(LogRecord.valueOffset(page, offset), operation.value, 0, length);
        if (!LogRecord.stands(page, offset, info, changes)) {
            return Found.RETRY;
        }
        operation.valueLength = length;
        operation.seenAddress = address;
        operation.foundAddress = address;
        operation.seenChanges = changes;
        operation.seenUnchanging = unchanging;
        return LogRecord.isTombstone(info) ? Found.ABSENT : Found.PRESENT;
    }

    /**
     * Finds out from the chain that was found, in the same epoch, how a record stands to
     * the others of its key, as far as memory tells.
     * @param address where it lies; it is flushed
     */
    Standing standing(Operation operation, long address) {
        operation.foundAddress = address;
        if (operation.seenFirst == address) {
            return Standing.NEWEST;
        }
        long found = this.engine.findInMemory(operation, operation.seenFirst, this.engine.log.head());
        operation.deviceAddress = (found >= 0) ? LogAddress.NONE : ~found;
        return (found == address || operation.deviceAddress == address) ? Standing.NEWEST
                : (operation.deviceAddress > address) ? Standing.UNDECIDED : Standing.SUPERSEDED;
    }

    /**
     * Reads at once what each operation will ask the device for first, outside the epoch.
     */
    void readAhead(List<Operation> onDevice) {
        try {
            List<SegmentRead> reads = new ArrayList<>(onDevice.size());
            for (Operation operation : onDevice) {
                SegmentRead read = operation.device.readAhead(this.engine.segments, operation.deviceAddress);
                if (read != null) {
                    reads.add(read);
                }
            }
            if (!reads.isEmpty()) {
                this.engine.segments.readAll(reads);
            }
        }
        catch (CorruptStateException ex) {
            // a segment may be gone because the log begins later now: who reads its own
            // record finds out
            onDevice.forEach((operation) -> operation.device.dropAhead());
        }
        catch (Throwable ex) {
            onDevice.forEach((operation) -> operation.device.dropAhead());
            throw ex;
        }
    }

    /** Follows the chain that was found on the device, outside the epoch. */
    Found readOnDevice(Operation operation) {
        for (long address = operation.deviceAddress; address >= operation.seenBegin;) {
            if (!operation.device.read(this.engine.segments, address)) {
                return Found.RETRY; // the log begins later now
            }
            ByteBuffer record = operation.device.buffer();
            long info = LogRecord.storedInfo(record, 0);
            if (operation.hasKey(record, 0)) {
                int length = LogRecord.valueLength(record, 0);
                operation.ensureValue(length);
                record.get(LogRecord.valueOffset(record, 0), operation.value, 0, length);
                operation.valueLength = length;
                operation.foundAddress = address;
                boolean pure = address == operation.seenFirst && !LogRecord.isMixed(info);
                operation.pureFirst = pure ? address : LogAddress.NONE;
                return LogRecord.isTombstone(info) ? Found.ABSENT : Found.PRESENT;
            }
            address = LogRecord.next(info);
        }
        return Found.ABSENT;
    }

    /** How a record stands to the others of its key. */
    enum Standing {

        /** There is no newer one. */
        NEWEST,

        /** There is a newer one. */
        SUPERSEDED,

        /** That depends on a record on the device. */
        UNDECIDED

    }

    /** What came of looking for a value. */
    enum Found {

        /** It is there, and copied. */
        PRESENT,

        /** There is none. */
        ABSENT,

        /** The chain goes on on the device. */
        ON_DEVICE,

        /** Something has changed meanwhile: look again. */
        RETRY

    }

}
