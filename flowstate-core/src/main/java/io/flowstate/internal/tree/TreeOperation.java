package io.flowstate.internal.tree;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

import io.flowstate.internal.page.PagedState;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;

/**
 * The working place of one operation: the bytes of its key, of the value it writes, and
 * of the entry it read. Used again by later operations; belongs to the one that took it
 * from the {@link Pool}.
 */
final class TreeOperation {

    private static final int INITIAL_BYTES = 128;

    /** Arrays larger than this are not kept for later operations. */
    private static final int KEPT_BYTES = 1 << 14;

    private SerializerOutput key = new SerializerOutput(INITIAL_BYTES);

    private SerializerOutput newValue = new SerializerOutput(INITIAL_BYTES);

    private SerializerOutput cell = new SerializerOutput(INITIAL_BYTES);

    private final SerializerInput input = new SerializerInput(new byte[0], 0, 0);

    private final TreePath path;

    private final CellList cells = new CellList();

    private final LeafCopy copy = new LeafCopy();

    /** Whether the key had a value when it was read. */
    boolean present;

    /** Whether that value lies on overflow pages and is still to be read. */
    boolean large;

    private byte[] value = new byte[INITIAL_BYTES];

    private int valueLength;

    private byte[] foundKey = new byte[INITIAL_BYTES];

    private int foundKeyLength;

    private TreeOperation(PagedState state) {
        this.path = new TreePath(state);
    }

    /** The key to be filled by a serializer. */
    SerializerOutput key() {
        return this.key;
    }

    /** The value to be written, to be filled by a serializer. */
    SerializerOutput newValue() {
        return this.newValue;
    }

    /** Where the cell of a new entry is put together. */
    SerializerOutput cell() {
        return this.cell;
    }

    TreePath path() {
        return this.path;
    }

    CellList cells() {
        return this.cells;
    }

    /** Entries of a leaf that a cursor meets. */
    LeafCopy copy() {
        return this.copy;
    }

    /** Makes room for a value that is read. */
    byte[] value(int length) {
        if (this.value.length < length) {
            this.value = new byte[Math.max(length, Math.min(2 * this.value.length, KEPT_BYTES))];
        }
        this.valueLength = length;
        return this.value;
    }

    /** The bytes of the value that was read, from 0 on. */
    byte[] value() {
        return this.value;
    }

    int valueLength() {
        return this.valueLength;
    }

    /** The value that was read. */
    SerializerInput valueInput() {
        return this.input.reset(this.value, 0, this.valueLength);
    }

    /** The value that was read, to be looked at only. */
    ByteBuffer valueView() {
        return ByteBuffer.wrap(this.value, 0, this.valueLength).slice().asReadOnlyBuffer();
    }

    /** A copy of the value that was read. */
    byte[] valueCopy() {
        return Arrays.copyOf(this.value, this.valueLength);
    }

    /** Makes room for the key of an entry that is found. */
    byte[] foundKey(int length) {
        if (this.foundKey.length < length) {
            this.foundKey = new byte[length];
        }
        this.foundKeyLength = length;
        return this.foundKey;
    }

    /** The key of the entry that was found. */
    SerializerInput foundKeyInput() {
        return this.input.reset(this.foundKey, 0, this.foundKeyLength);
    }

    /** A copy of the key of the entry that was found. */
    byte[] foundKeyCopy() {
        return Arrays.copyOf(this.foundKey, this.foundKeyLength);
    }

    private void clear() {
        this.key = cleared(this.key);
        this.newValue = cleared(this.newValue);
        this.cell = cleared(this.cell);
        this.cells.clear();
        this.copy.trim(KEPT_BYTES);
        if (this.value.length > KEPT_BYTES) {
            this.value = new byte[INITIAL_BYTES];
        }
    }

    private static SerializerOutput cleared(SerializerOutput output) {
        if (output.array().length > KEPT_BYTES) {
            return new SerializerOutput(INITIAL_BYTES);
        }
        output.clear();
        return output;
    }

    /** Operations of one tree that wait to be used again. Thread-safe; never waits. */
    static final class Pool {

        private static final int PLACES = 16;

        private static final int STRIDE = 16;

        private final AtomicReferenceArray<TreeOperation> places = new AtomicReferenceArray<>(PLACES * STRIDE);

        private final PagedState state;

        /** Creates an empty pool. */
        Pool(PagedState state) {
            this.state = state;
        }

        private static int place() {
            return ((int) ((Thread.currentThread().getId() * 0x9E3779B9L) >>> 8) & (PLACES - 1)) * STRIDE;
        }

        /** An operation with empty key and value. */
        TreeOperation take() {
            TreeOperation operation = this.places.getAndSet(place(), null);
            return (operation != null) ? operation : new TreeOperation(this.state);
        }

        /** Takes an operation back. */
        void giveBack(TreeOperation operation) {
            operation.clear();
            this.places.setRelease(place(), operation);
        }

    }

}
