package io.flowstate.internal.kv;

import java.nio.ByteBuffer;

import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.index.HashIndex.Outcome;

/**
 * Attempts to change a record: each inside the epoch, without waiting, and either done or
 * ended with what it would have had to wait for.
 */
final class RecordChange {

    private final RecordEngine engine;

    RecordChange(RecordEngine engine) {
        this.engine = engine;
    }

    /**
     * Makes one attempt.
     * @param table the present table of the state
     * @param operation what to do; its hash is set
     * @param size the size of the record if one has to be written
     */
    Result attempt(RecordTable table, Operation operation, int size) {
        boolean sameTable = operation.table == table;
        operation.table = table;
        if (!sameTable) {
            operation.pureFirst = LogAddress.NONE;
            operation.fetchedFirst = LogAddress.NONE;
            if (operation.kind.isConditional()) {
                return Result.CONFLICT;
            }
        }
        // before the entry: a copy takes effect before begin passes its original
        long begin = this.engine.log.begin();
        Outcome outcome = operation.kind.needsEntry() ? table.index().findToChange(operation.hash, operation.entry)
                : table.index().findOrCreate(operation.hash, operation.entry);
        switch (outcome) {
            case ABSENT:
                return (operation.kind.isConditional() && operation.seenFirst != 0) ? Result.CONFLICT : Result.DONE;
            case RETRY:
                return Result.RETRY;
            case FULL:
                return Result.INDEX_FULL;
            case FROZEN:
                return Result.INDEX_FROZEN;
            case FOUND:
                break;
        }
        HybridLog log = this.engine.log;
        long first = operation.entry.address();
        if (operation.kind.isConditional() && first != operation.seenFirst) {
            return Result.CONFLICT;
        }
        if (operation.kind == Operation.Kind.COPY) {
            return append(operation, size, first, operation.foundAddress, operation.foundBytes);
        }
        long address = this.engine.findInMemory(operation, first, log.head());
        if (address < 0) {
            if (operation.kind.isConditional() && operation.seenAddress != 0) {
                return Result.CONFLICT; // evicted since it was read: whether it changed
                                        // before cannot be seen
            }
            return changeUnseen(operation, size, first, ~address, ~address >= begin);
        }
        return (address >= log.readOnly()) ? changeInPlace(operation, size, first, address)
                : (address >= log.safeReadOnly()) ? Result.SETTLE : changeUnchanging(operation, size, first, address);
    }

    /** The key has no record in memory. */
    private Result changeUnseen(Operation operation, int size, long first, long deviceAddress, boolean onDevice) {
        boolean removes = operation.kind.removes();
        if (operation.kind == Operation.Kind.ADD) {
            if (onDevice && operation.fetchedFirst != first) {
                return Result.FETCH;
            }
            setSum(operation, onDevice ? operation.fetchedCount : 0);
        }
        else if (removes && !onDevice) {
            return Result.DONE;
        }
        if (!onDevice) {
            return append(operation, size, first, deviceAddress, 0);
        }
        long bytes = this.engine.log.footprint(size);
        long meanBytes = operation.table().meanRecordBytes();
        Result result = append(operation, size, first, deviceAddress, removes ? meanBytes : bytes);
        if (result == Result.DONE) {
            operation.table().live().doubt(Math.abs(meanBytes - bytes));
        }
        return result;
    }

    /** The key's record is in memory and nobody changes it any more. */
    private Result changeUnchanging(Operation operation, int size, long first, long address) {
        ByteBuffer page = this.engine.log.page(address);
        int offset = this.engine.log.offset(address);
        boolean tombstone = LogRecord.isTombstone(LogRecord.info(page, offset));
        if (operation.kind.isConditional() && !(operation.seenAddress == address && operation.seenUnchanging)) {
            return Result.CONFLICT; // the counter has given way to the checksum
        }
        if (operation.kind.removes() && tombstone) {
            return Result.DONE;
        }
        if (operation.kind == Operation.Kind.ADD) {
            setSum(operation, tombstone ? 0 : LogRecord.longValue(page, offset));
        }
        int bytes = this.engine.log.footprint(LogRecord.size(page, offset));
        return append(operation, size, first, address, tombstone ? 0 : bytes);
    }

    private static boolean isAsSeen(Operation operation, ByteBuffer page, int offset, long address) {
        return operation.seenAddress == address && operation.seenChanges == LogRecord.changes(page, offset);
    }

    /** The key's record is in memory and may be changed. */
    private Result changeInPlace(Operation operation, int size, long first, long address) {
        ByteBuffer page = this.engine.log.page(address);
        int offset = this.engine.log.offset(address);
        if (!LogRecord.tryLatch(page, offset)) {
            return Result.RETRY;
        }
        boolean tombstone = LogRecord.isTombstone(LogRecord.info(page, offset));
        if (operation.kind.isConditional() && !isAsSeen(operation, page, offset, address)) {
            LogRecord.unlatch(page, offset);
            return Result.CONFLICT;
        }
        int bytes = this.engine.log.footprint(LogRecord.size(page, offset));
        if (operation.kind.removes()) {
            LogRecord.unlatchChanged(page, offset, true);
            if (!tombstone) {
                operation.table().countRemoved(address, bytes);
            }
            operation.countInPlace();
            return Result.DONE;
        }
        if (operation.kind == Operation.Kind.ADD) {
            setSum(operation, tombstone ? 0 : LogRecord.longValue(page, offset));
        }
        if (operation.newValue().length() <= LogRecord.capacity(page, offset)) {
            LogRecord.setValue(page, offset, operation.newValue().array(), operation.newValue().length());
            LogRecord.unlatchChanged(page, offset, false);
            if (tombstone) {
                operation.table().countRevived(address, bytes);
            }
            operation.countInPlace();
            return Result.DONE;
        }
        Result result = append(operation, size, first, address, tombstone ? 0 : bytes);
        if (result == Result.DONE) {
            LogRecord.unlatchSealed(page, offset);
        }
        else {
            LogRecord.unlatch(page, offset);
        }
        return result;
    }

    private static void setSum(Operation operation, long count) {
        operation.sum = count + operation.delta;
        operation.newValue(operation.sum);
    }

    /**
     * Writes a new record at the tail and lets the index point to it.
     * @param replacedAddress where the key's present record lies, if it has one
     * @param replacedBytes what that one counted for until now
     */
    private Result append(Operation operation, int size, long first, long replacedAddress, long replacedBytes) {
        HybridLog log = this.engine.log;
        long address = log.allocate(size);
        if (address == HybridLog.NO_ROOM) {
            return Result.NO_ROOM;
        }
        ByteBuffer page = log.page(address);
        int offset = log.offset(address);
        RecordTable table = operation.table();
        boolean removes = operation.kind.removes();
        LogRecord.write(page, offset, table.stateId(), first, isMixed(operation, first), removes,
                operation.key().array(), operation.key().length(), operation.newValue().array(),
                removes ? 0 : operation.newValue().length());
        if (table.index().compareAndSet(operation.entry, address)) {
            table.countReplaced(replacedAddress, replacedBytes, removes ? 0 : log.footprint(size));
            operation.countAppended();
            return Result.DONE;
        }
        LogRecord.kill(page, offset);
        return Result.RETRY;
    }

    /**
     * Whether the chain that begins with a record may hold other keys than the
     * operation's.
     */
    private boolean isMixed(Operation operation, long first) {
        if (first < this.engine.log.head()) {
            return first >= this.engine.log.begin() && first != operation.pureFirst;
        }
        ByteBuffer page = this.engine.log.page(first);
        int offset = this.engine.log.offset(first);
        return LogRecord.isMixed(LogRecord.info(page, offset)) || !operation.hasKey(page, offset);
    }

    /** How an attempt ended. */
    enum Result {

        /** The change is made, or there was nothing to change. */
        DONE,

        /** What the operation read holds no longer. */
        CONFLICT,

        /** Another thread was faster or has a latch. */
        RETRY,

        /** There is no room in the log's memory. */
        NO_ROOM,

        /** The record is between two boundaries. */
        SETTLE,

        /** The index has no place for the entry. */
        INDEX_FULL,

        /** The part of the index is being replaced. */
        INDEX_FROZEN,

        /** The present count is on the device only. */
        FETCH,

        /** The state is gone. */
        GONE

    }

}
