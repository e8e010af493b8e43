package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import io.flowstate.internal.epoch.Epochs;
import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.kv.Operation.Count;
import io.flowstate.internal.kv.RecordChange.Result;
import io.flowstate.internal.kv.RecordLookup.Found;
import io.flowstate.internal.kv.RecordLookup.Standing;
import io.flowstate.serialization.Serializer;
import io.flowstate.storage.CorruptStateException;
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

    private final String name;

    private final RecordLookup lookup;

    private final RecordChange changes;

    private volatile @Nullable RecordTable table; // null while the state does not exist;
                                                  // replaced inside the gate

    /**
     * Creates the store of a state that does not exist yet.
     * @param engine what it shares with other stores
     * @param name which state it is, for messages
     */
    public RecordStore(RecordEngine engine, String name) {
        this.engine = engine;
        this.name = name;
        this.lookup = new RecordLookup(engine);
        this.changes = new RecordChange(engine);
    }

    /** Which records the state has; null if it does not exist. */
    public @Nullable RecordTable table() {
        return this.table;
    }

    /**
     * Gives the state other records. Inside the gate; who is in an operation may finish
     * it on the records before, as if it had come earlier.
     * @param table the records, or null if the state does not exist any more
     */
    public void table(@Nullable RecordTable table) {
        this.table = table;
    }

    /**
     * Does nothing if the state exists.
     * @throws IllegalStateException if it does not
     */
    public void checkPresent() {
        presentTable();
    }

    RecordTable presentTable() {
        RecordTable present = this.table;
        if (present == null) {
            present = settledTable();
        }
        if (present == null) {
            throw new IllegalStateException(this.name
                    + " does not exist: it was dropped, or is not in the checkpoint that was restored; ask its scope for it"
                    + " again to make a new one");
        }
        return present;
    }

    /** The table, once no restore is under way, which takes it away for a moment. */
    private @Nullable RecordTable settledTable() {
        int slot = enterReader();
        try {
            return this.table;
        }
        finally {
            this.engine.epochs.exit(slot);
        }
    }

    /** Enters the epoch to read. What a failed restore has left is not looked at. */
    int enterReader() {
        int slot = this.engine.gate.enterReader();
        checkWhole(slot);
        return slot;
    }

    /** Enters the epoch to change something, as {@link #enterReader} does to read. */
    private int enterOperation() {
        int slot = this.engine.gate.enterOperation();
        checkWhole(slot);
        return slot;
    }

    private void checkWhole(int slot) {
        if (this.engine.failure != null) {
            this.engine.epochs.exit(slot);
            this.engine.checkOpen();
        }
    }

    /** The engine that this store is part of. */
    public RecordEngine engine() {
        return this.engine;
    }

    private void hash(Operation operation) {
        operation.hash = this.engine.hash.of(operation.key().array(), operation.key().length());
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
                return counted(operation, found);
            }
            checkPresent(); // else it would never be found
            Epochs.backOff(attempt);
        }
    }

    /**
     * Reads the values of many keys: their cache misses and reads from the device
     * overlap. Each is read at some moment of this call.
     * @param batch each operation has a key, and is told its value and whether there is
     * one
     */
    public void readAll(Operation.Batch batch) {
        this.engine.checkOpen();
        hashAll(batch);
        List<Operation> onDevice = readAllInMemory(batch);
        this.lookup.readAhead(onDevice);
        for (Operation operation : onDevice) {
            Found found = readOnDevice(operation);
            operation.present = (found == Found.RETRY) ? read(operation) : counted(operation, found);
        }
    }

    private void hashAll(Operation.Batch batch) {
        for (int i = 0; i < batch.size(); i++) {
            hash(batch.get(i));
        }
    }

    /** Returns those whose records are on the device. */
    private List<Operation> readAllInMemory(Operation.Batch batch) {
        List<Operation> onDevice = new ArrayList<>();
        List<Operation> again = new ArrayList<>();
        int slot = enterReader();
        try {
            this.lookup.findAll(this.table, batch);
            for (int i = 0; i < batch.size(); i++) {
                Operation operation = batch.get(i);
                Found found = this.lookup.readInMemory(operation);
                if (found == Found.ON_DEVICE) {
                    onDevice.add(operation);
                }
                else if (found == Found.RETRY) {
                    again.add(operation);
                }
                else {
                    operation.present = counted(operation, found);
                }
            }
        }
        finally {
            this.engine.epochs.exit(slot);
        }
        again.forEach((operation) -> operation.present = read(operation));
        return onDevice;
    }

    private static boolean counted(Operation operation, Found found) {
        boolean present = found == Found.PRESENT;
        operation.count(!present ? Count.MISS
                : (operation.seenAddress != LogAddress.NONE) ? Count.MEMORY_HIT : Count.DEVICE_HIT);
        return present;
    }

    private Found readInMemory(Operation operation) {
        int slot = enterReader();
        try {
            this.lookup.find(this.table, operation);
            return this.lookup.readInMemory(operation);
        }
        finally {
            this.engine.epochs.exit(slot);
        }
    }

    /** Only if the table is still the same afterwards has the right log been read. */
    private Found readOnDevice(Operation operation) {
        try {
            Found found = this.lookup.readOnDevice(operation);
            return (operation.table == this.table) ? found : Found.RETRY;
        }
        catch (CorruptStateException ex) {
            if (operation.table != this.table) {
                return Found.RETRY;
            }
            throw ex;
        }
    }

    // Changing

    /** Sets the operation's key to its new value, whatever it was. */
    public void put(Operation operation) {
        this.engine.slowDown();
        operation.kind = Operation.Kind.PUT;
        operation.pureFirst = LogAddress.NONE;
        change(operation);
    }

    /**
     * Sets the keys of many operations, in order; their cache misses overlap.
     * @param batch each operation has a key and its new value
     */
    public void putAll(Operation.Batch batch) {
        this.engine.checkOpen();
        hashAll(batch);
        int slot = enterReader();
        try {
            this.lookup.findAll(this.table, batch); // for the cache only
        }
        finally {
            this.engine.epochs.exit(slot);
        }
        for (int i = 0; i < batch.size(); i++) {
            put(batch.get(i));
        }
    }

    /** Removes the operation's key, whatever its value. */
    public void remove(Operation operation) {
        this.engine.slowDown();
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
        this.engine.slowDown();
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
        this.engine.slowDown();
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
            int slot = enterOperation();
            Result result;
            try {
                RecordTable present = this.table;
                result = (present != null) ? this.changes.attempt(present, operation, size) : Result.GONE;
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
                    operation.table().index().grow(operation.hash, this.engine.log.begin());
                    break;
                case INDEX_FROZEN:
                    operation.table().index().awaitGrowth();
                    Epochs.backOff(attempt);
                    break;
                case FETCH:
                    fetch(operation);
                    break;
                case GONE:
                    checkPresent();
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

    /** Brings the present count of an addition from the device. */
    private void fetch(Operation operation) {
        operation.fetchedFirst = LogAddress.NONE;
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

    /**
     * Finds out, without reading from the device, how a record stands to the others of
     * its key.
     * @param operation has its key; is told what was seen, for {@link #copy}
     * @param address where it lies; it is flushed
     */
    Standing standing(Operation operation, long address) {
        this.engine.checkOpen();
        hash(operation);
        int slot = enterReader();
        try {
            this.lookup.find(this.table, operation);
            return this.lookup.standing(operation, address);
        }
        finally {
            this.engine.epochs.exit(slot);
        }
    }

    /**
     * Writes a record once more at the tail, if its chain still begins as it did when it
     * was found to be the newest of its key.
     * @param operation has the key and what {@link #standing} saw
     * @param buffer a heap buffer that holds the record
     * @param offset where in the buffer
     * @return false if the chain has changed: nothing was written
     */
    boolean copy(Operation operation, ByteBuffer buffer, int offset) {
        int length = LogRecord.valueLength(buffer, offset);
        operation.newValue().clear();
        operation.newValue()
            .writeBytes(buffer.array(), buffer.arrayOffset() + LogRecord.valueOffset(buffer, offset), length);
        operation.foundBytes = this.engine.log.footprint(LogRecord.size(buffer, offset));
        boolean pure = operation.seenFirst == operation.foundAddress
                && !LogRecord.isMixed(LogRecord.storedInfo(buffer, offset));
        operation.pureFirst = pure ? operation.seenFirst : LogAddress.NONE;
        return changeRead(operation, Operation.Kind.COPY);
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
     * Gives an operation the key of a record and the hash of it.
     * @param operation receives key and hash
     * @param buffer holds the record
     * @param offset where in the buffer
     */
    void setKeyAndHash(Operation operation, ByteBuffer buffer, int offset) {
        setKey(operation, buffer, offset);
        hash(operation);
    }

    /** The number of keys that have a value, about. */
    public long estimatedSize() {
        this.engine.checkOpen();
        return presentTable().estimatedSize();
    }

    /**
     * A walk over all records that are not removed.
     * @return a cursor before the first record
     */
    public RecordCursor cursor() {
        this.engine.checkOpen();
        return new RecordCursor(this);
    }

}
