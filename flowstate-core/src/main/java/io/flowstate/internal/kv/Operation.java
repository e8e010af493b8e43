package io.flowstate.internal.kv;

import java.util.concurrent.atomic.AtomicReferenceArray;

import io.flowstate.internal.hybridlog.DeviceRecord;
import io.flowstate.internal.index.IndexEntry;
import io.flowstate.internal.memory.BufferAccess;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;

/**
 * The working place of one operation: the bytes of its key, of the value it writes and of
 * the value it read, and what it knows of the record it read. Used again by later
 * operations; belongs to the one that took it from the {@link Pool}.
 */
public final class Operation {

    private static final int INITIAL_BYTES = 128;

    /** Arrays larger than this are not kept for later operations. */
    private static final int KEPT_BYTES = 1 << 16;

    private SerializerOutput key = new SerializerOutput(INITIAL_BYTES);

    private SerializerOutput newValue = new SerializerOutput(INITIAL_BYTES);

    private final SerializerInput input = new SerializerInput(new byte[0], 0, 0);

    final IndexEntry entry = new IndexEntry();

    final DeviceRecord device = new DeviceRecord();

    long hash;

    /** The value that was read, from 0 on. */
    byte[] value = new byte[INITIAL_BYTES];

    int valueLength;

    // What the last read saw, by which a conditional change knows whether it still holds.

    /** The newest record of the chain, 0 if there was none. */
    long seenFirst;

    /** The key's own record if it was in memory, else 0. */
    long seenAddress;

    /** The key's own record, wherever it lies, 0 if there is none. */
    long foundAddress;

    /** The counter of changes of the record in memory. */
    int seenChanges;

    /** Whether that record could not change any more when it was read. */
    boolean seenUnchanging;

    /** Where the chain goes on on the device, if it has to be looked for there. */
    long deviceAddress;

    /** The begin of the log before the look-up. */
    long seenBegin;

    /**
     * A first record on the device of which is known that the whole chain has the
     * operation's key; else 0.
     */
    long pureFirst;

    // What a change is to do.

    Kind kind = Kind.PUT;

    long delta;

    long sum;

    /**
     * The newest record of the chain when a count was fetched from the device, 0 if none
     * was.
     */
    long fetchedFirst;

    long fetchedCount;

    /** The key to be filled by a serializer. */
    public SerializerOutput key() {
        return this.key;
    }

    /** The value to be written, to be filled by a serializer. */
    public SerializerOutput newValue() {
        return this.newValue;
    }

    /** The value that was read. */
    public SerializerInput value() {
        return this.input.reset(this.value, 0, this.valueLength);
    }

    /** The value that was read, as a long of eight bytes, little-endian. */
    public long longValue() {
        return BufferAccess.getLong(this.value, 0);
    }

    /** Sets the value to be written to a long of eight bytes, little-endian. */
    public void newValue(long count) {
        this.newValue.clear();
        this.newValue.writeLong(0);
        BufferAccess.setLong(this.newValue.array(), 0, count);
    }

    void ensureValue(int length) {
        if (this.value.length < length) {
            this.value = new byte[Math.max(length, Math.min(2 * this.value.length, KEPT_BYTES))];
        }
    }

    private void clear() {
        this.key = cleared(this.key);
        this.newValue = cleared(this.newValue);
        if (this.value.length > KEPT_BYTES) {
            this.value = new byte[INITIAL_BYTES];
        }
        this.device.trim(KEPT_BYTES);
    }

    private static SerializerOutput cleared(SerializerOutput output) {
        if (output.array().length > KEPT_BYTES) {
            return new SerializerOutput(INITIAL_BYTES);
        }
        output.clear();
        return output;
    }

    /** What a change does. */
    enum Kind {

        PUT, REMOVE, REPLACE, REMOVE_READ, ADD;

        boolean removes() {
            return this == REMOVE || this == REMOVE_READ;
        }

        boolean isConditional() {
            return this == REPLACE || this == REMOVE_READ;
        }

    }

    /** Operations waiting to be used again. Thread-safe; never waits. */
    public static final class Pool {

        private static final int PLACES = 64;

        private static final int STRIDE = 16;

        private final AtomicReferenceArray<Operation> places = new AtomicReferenceArray<>(PLACES * STRIDE);

        private static int place() {
            return ((int) ((Thread.currentThread().getId() * 0x9E3779B9L) >>> 8) & (PLACES - 1)) * STRIDE;
        }

        /** An operation with empty key and value. */
        public Operation take() {
            Operation operation = this.places.getAndSet(place(), null);
            return (operation != null) ? operation : new Operation();
        }

        /** Takes an operation back. */
        public void giveBack(Operation operation) {
            operation.clear();
            this.places.setRelease(place(), operation);
        }

    }

}
