package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.util.function.Function;

import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.hybridlog.HybridLog;
import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.index.HashIndex;
import io.flowstate.internal.index.HashIndex.Outcome;
import io.flowstate.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * The records of one state: key bytes to value bytes, as in FASTER (SIGMOD 2018). The
 * index leads to the newest record of a chain; a record in the changeable part of the log
 * is changed in place under its latch, any other is followed by a new one at the tail,
 * which takes effect when the index points to it.
 *
 * <p>
 * How a change proceeds: it passes the gate (or is inside already, with its unit), enters
 * the epoch, and makes one attempt that waits for nothing. If the attempt needs something
 * (room in the log, a larger index, a byte from the device, a boundary to settle, another
 * thread's latch) it leaves, gets that, and tries again.
 *
 * <p>
 * A read-modify-write reads, computes outside, and then changes the record only if it is
 * still the one that was read: the chain begins with the same record, and the key's own
 * record has the same counter of changes.
 *
 * <p>
 * Thread-safe; each call atomic for its key.
 */
public final class RecordStore {

    private final RecordEngine engine;

    private final int stateId;

    private final HashIndex index;

    /**
     * Creates the store of a state, without records.
     * @param engine what it shares with other stores
     * @param stateId the id of the state in every record
     * @param expectedKeys so many keys find room in its index without growth
     */
    public RecordStore(RecordEngine engine, int stateId, long expectedKeys) {
        this.engine = engine;
        this.stateId = stateId;
        this.index = new HashIndex(engine.epochs, engine.indexMemory, expectedKeys);
    }

    /** The engine that this store is part of. */
    public RecordEngine engine() {
        return this.engine;
    }

    HashIndex index() {
        return this.index;
    }

    private void hash(Operation operation) {
        operation.hash = this.engine.hash.of(operation.key().array(), operation.key().length());
    }

    private static boolean hasKey(Operation operation, ByteBuffer buffer, int offset) {
        return LogRecord.hasKey(buffer, offset, operation.key().array(), operation.key().length());
    }

    // Reading

    /**
     * Reads the value of the operation's key into the operation.
     * @return false if the key has none
     */
    public boolean read(Operation operation) {
        this.engine.checkOpen();
        hash(operation);
        for (int attempt = 0;; attempt++) {
            Found found = readInMemory(operation);
            if (found == Found.ON_DEVICE) {
                found = readOnDevice(operation);
            }
            if (found != Found.RETRY) {
                return found == Found.PRESENT;
            }
            Epochs.backOff(attempt);
        }
    }

    private Found readInMemory(Operation operation) {
        HybridLog log = this.engine.log;
        int slot = this.engine.epochs.enter();
        try {
            operation.seenBegin = log.begin();
            operation.seenFirst = this.index.find(operation.hash, operation.entry) ? operation.entry.address() : 0;
            operation.seenAddress = LogAddress.NONE;
            operation.foundAddress = LogAddress.NONE;
            operation.pureFirst = LogAddress.NONE;
            long address = findInMemory(operation, operation.seenFirst, log.head());
            if (address < 0) {
                operation.deviceAddress = ~address;
                return (operation.deviceAddress >= operation.seenBegin) ? Found.ON_DEVICE : Found.ABSENT;
            }
            return copyValue(operation, address);
        }
        finally {
            this.engine.epochs.exit(slot);
        }
    }

    /**
     * Follows a chain through the records in memory.
     * @return the address of the key's record, or the complement of the address at which
     * the chain goes on on the device
     */
    private long findInMemory(Operation operation, long first, long head) {
        HybridLog log = this.engine.log;
        long address = first;
        while (address >= head) {
            ByteBuffer page = log.page(address);
            int offset = log.offset(address);
            if (hasKey(operation, page, offset)) {
                return address;
            }
            address = LogRecord.next(LogRecord.info(page, offset));
        }
        return ~address;
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

    private Found readOnDevice(Operation operation) {
        for (long address = operation.deviceAddress; address >= operation.seenBegin;) {
            if (!operation.device.read(this.engine.segments, address)) {
                return Found.RETRY; // the log begins later now
            }
            ByteBuffer record = operation.device.buffer();
            long info = LogRecord.storedInfo(record, 0);
            if (hasKey(operation, record, 0)) {
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

    // Changing

    /** Sets the operation's key to its new value, whatever it was. */
    public void put(Operation operation) {
        operation.kind = Operation.Kind.PUT;
        operation.pureFirst = LogAddress.NONE;
        change(operation);
    }

    /** Removes the operation's key, whatever its value. */
    public void remove(Operation operation) {
        operation.kind = Operation.Kind.REMOVE;
        operation.pureFirst = LogAddress.NONE;
        change(operation);
    }

    /**
     * Sets the operation's key to what a function makes of its value.
     * @param <V> the type of the value
     * @param operation has the key
     * @param values the serializer of the value
     * @param function given the value, or null if there is none; a null result removes
     * the key. Runs with nothing held, and again if the value has changed meanwhile
     * @return the result of the function that took effect
     */
    public <V> @Nullable V update(Operation operation, Serializer<V> values,
            Function<@Nullable V, ? extends @Nullable V> function) {
        while (true) {
            V old = read(operation) ? values.read(operation.value()) : null;
            V updated = function.apply(old);
            if (updated == null) {
                if (old == null || changeRead(operation, Operation.Kind.REMOVE_READ)) {
                    return null;
                }
            }
            else {
                operation.newValue().clear();
                values.write(updated, operation.newValue());
                if (changeRead(operation, Operation.Kind.REPLACE)) {
                    return updated;
                }
            }
        }
    }

    /** Changes the value if it is still the one that the operation read. */
    private boolean changeRead(Operation operation, Operation.Kind kind) {
        operation.kind = kind;
        return change(operation);
    }

    /**
     * Adds to the operation's key, whose values are longs of eight bytes, little-endian;
     * an absent one is 0.
     * @return the sum
     */
    public long add(Operation operation, long delta) {
        operation.kind = Operation.Kind.ADD;
        operation.delta = delta;
        operation.fetchedFirst = LogAddress.NONE;
        operation.pureFirst = LogAddress.NONE;
        operation.newValue(0); // eight bytes, set when the sum is known
        change(operation);
        return operation.sum;
    }

    private boolean change(Operation operation) {
        this.engine.checkOpen();
        int size = checkedSize(operation);
        hash(operation);
        for (int attempt = 0;; attempt++) {
            int slot = this.engine.gate.enterOperation();
            Attempt result;
            try {
                result = attempt(operation, size);
            }
            catch (Throwable ex) {
                this.engine.failure = ex; // a stack overflow, say: no call here, which
                                          // might overflow again
                throw ex;
            }
            finally {
                this.engine.epochs.exit(slot);
            }
            switch (result) {
                case DONE:
                    return true;
                case CONFLICT:
                    return false;
                case RETRY:
                    Epochs.backOff(attempt);
                    break;
                case NO_ROOM:
                    this.engine.flusher.awaitRoom(size);
                    break;
                case SETTLE:
                    this.engine.log.settle();
                    break;
                case INDEX_FULL:
                    this.index.grow(operation.hash, this.engine.log.begin());
                    break;
                case INDEX_FROZEN:
                    this.index.awaitGrowth();
                    Epochs.backOff(attempt);
                    break;
                case FETCH:
                    fetch(operation);
                    break;
            }
            this.engine.checkOpen();
        }
    }

    private int checkedSize(Operation operation) {
        int valueLength = operation.kind.removes() ? 0 : operation.newValue().length();
        long size = LogRecord.size(operation.key().length(), valueLength);
        if (size > this.engine.log.pageSize()) {
            throw new IllegalArgumentException("a key of " + operation.key().length() + " bytes and a value of "
                    + valueLength + " bytes make a record of " + size + " bytes, which does not fit a log page of "
                    + this.engine.log.pageSize() + " bytes; raise page-size");
        }
        this.engine.noteRecord((int) size);
        return (int) size;
    }

    /** One attempt, in the epoch, without waiting. */
    private Attempt attempt(Operation operation, int size) {
        Outcome outcome = operation.kind.removes() ? this.index.findToChange(operation.hash, operation.entry)
                : this.index.findOrCreate(operation.hash, operation.entry);
        switch (outcome) {
            case ABSENT:
                return (operation.kind == Operation.Kind.REMOVE_READ && operation.seenFirst != 0) ? Attempt.CONFLICT
                        : Attempt.DONE;
            case RETRY:
                return Attempt.RETRY;
            case FULL:
                return Attempt.INDEX_FULL;
            case FROZEN:
                return Attempt.INDEX_FROZEN;
            case FOUND:
                break;
        }
        HybridLog log = this.engine.log;
        long first = operation.entry.address();
        if (operation.kind.isConditional() && first != operation.seenFirst) {
            return Attempt.CONFLICT;
        }
        long begin = log.begin();
        long address = findInMemory(operation, first, log.head());
        if (address < 0) {
            if (operation.kind.isConditional() && operation.seenAddress != 0) {
                return Attempt.CONFLICT; // evicted since it was read: whether it changed
                                         // before cannot be seen
            }
            return changeUnseen(operation, size, first, ~address >= begin);
        }
        return (address >= log.readOnly()) ? changeInPlace(operation, size, first, address)
                : (address >= log.safeReadOnly()) ? Attempt.SETTLE : changeUnchanging(operation, size, first, address);
    }

    /** The key has no record in memory. */
    private Attempt changeUnseen(Operation operation, int size, long first, boolean onDevice) {
        if (operation.kind == Operation.Kind.ADD) {
            if (onDevice && operation.fetchedFirst != first) {
                return Attempt.FETCH;
            }
            setSum(operation, onDevice ? operation.fetchedCount : 0);
        }
        else if (operation.kind.removes() && !onDevice) {
            return Attempt.DONE;
        }
        return append(operation, size, first);
    }

    /** The key's record is in memory and nobody changes it any more. */
    private Attempt changeUnchanging(Operation operation, int size, long first, long address) {
        ByteBuffer page = this.engine.log.page(address);
        int offset = this.engine.log.offset(address);
        boolean tombstone = LogRecord.isTombstone(LogRecord.info(page, offset));
        if (operation.kind.isConditional() && !(operation.seenAddress == address && operation.seenUnchanging)) {
            return Attempt.CONFLICT; // the counter has given way to the checksum
        }
        if (operation.kind.removes() && tombstone) {
            return Attempt.DONE;
        }
        if (operation.kind == Operation.Kind.ADD) {
            setSum(operation, tombstone ? 0 : LogRecord.longValue(page, offset));
        }
        return append(operation, size, first);
    }

    private static boolean isAsSeen(Operation operation, ByteBuffer page, int offset, long address) {
        return operation.seenAddress == address && operation.seenChanges == LogRecord.changes(page, offset);
    }

    /** The key's record is in memory and may be changed. */
    private Attempt changeInPlace(Operation operation, int size, long first, long address) {
        ByteBuffer page = this.engine.log.page(address);
        int offset = this.engine.log.offset(address);
        if (!LogRecord.tryLatch(page, offset)) {
            return Attempt.RETRY;
        }
        boolean tombstone = LogRecord.isTombstone(LogRecord.info(page, offset));
        if (operation.kind.isConditional() && !isAsSeen(operation, page, offset, address)) {
            LogRecord.unlatch(page, offset);
            return Attempt.CONFLICT;
        }
        if (operation.kind.removes()) {
            LogRecord.unlatchChanged(page, offset, true);
            return Attempt.DONE;
        }
        if (operation.kind == Operation.Kind.ADD) {
            setSum(operation, tombstone ? 0 : LogRecord.longValue(page, offset));
        }
        if (operation.newValue().length() <= LogRecord.capacity(page, offset)) {
            LogRecord.setValue(page, offset, operation.newValue().array(), operation.newValue().length());
            LogRecord.unlatchChanged(page, offset, false);
            return Attempt.DONE;
        }
        Attempt result = append(operation, size, first);
        if (result == Attempt.DONE) {
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

    /** Writes a new record at the tail and lets the index point to it. */
    private Attempt append(Operation operation, int size, long first) {
        HybridLog log = this.engine.log;
        long address = log.allocate(size);
        if (address == HybridLog.NO_ROOM) {
            return Attempt.NO_ROOM;
        }
        ByteBuffer page = log.page(address);
        int offset = log.offset(address);
        boolean removes = operation.kind.removes();
        LogRecord.write(page, offset, this.stateId, first, isMixed(operation, first), removes, operation.key().array(),
                operation.key().length(), operation.newValue().array(), removes ? 0 : operation.newValue().length());
        if (this.index.compareAndSet(operation.entry, address)) {
            return Attempt.DONE;
        }
        LogRecord.kill(page, offset);
        return Attempt.RETRY;
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
        return LogRecord.isMixed(LogRecord.info(page, offset)) || !hasKey(operation, page, offset);
    }

    /** Brings the present count of an addition from the device. */
    private void fetch(Operation operation) {
        Found found = readInMemory(operation);
        if (found == Found.ON_DEVICE) {
            found = readOnDevice(operation);
            operation.fetchedFirst = (found != Found.RETRY) ? operation.seenFirst : LogAddress.NONE;
            operation.fetchedCount = (found == Found.PRESENT) ? operation.longValue() : 0;
        }
    }

    // Recovery and cleaning

    /**
     * Whether a record is the newest of its key.
     * @param operation has its key
     * @param address where it lies
     */
    boolean isNewest(Operation operation, long address) {
        read(operation);
        return operation.foundAddress == address;
    }

    /** Gives an operation the key of a record. */
    void setKey(Operation operation, ByteBuffer buffer, int offset) {
        int keyLength = LogRecord.keyLength(buffer, offset);
        operation.ensureValue(keyLength);
        LogRecord.copyKey(buffer, offset, operation.value);
        operation.key().clear();
        operation.key().writeBytes(operation.value, 0, keyLength);
    }

    /**
     * Lets the index point to a record found by a scan in the order of addresses. No
     * other thread may use the store.
     * @param operation for use inside
     * @param address the address of the record
     * @param buffer holds the record
     * @param offset where in the buffer
     */
    void recover(Operation operation, long address, ByteBuffer buffer, int offset) {
        setKey(operation, buffer, offset);
        hash(operation);
        this.index.put(operation.hash, operation.entry, address);
    }

    /**
     * A walk over all records that are not removed.
     * @return a cursor before the first record
     */
    public RecordCursor cursor() {
        this.engine.checkOpen();
        return new RecordCursor(this);
    }

    private enum Found {

        PRESENT, ABSENT, ON_DEVICE, RETRY

    }

    private enum Attempt {

        DONE, CONFLICT, RETRY, NO_ROOM, SETTLE, INDEX_FULL, INDEX_FROZEN, FETCH

    }

}
