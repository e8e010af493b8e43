package io.flowstate.internal.kv;

import org.jspecify.annotations.Nullable;

/**
 * Operations that are done together, so that their cache misses and their reads from the
 * device overlap. Used again and again: belongs to the {@linkplain Operation#batch
 * operation} that was taken for all of them, and to whoever has taken that.
 */
public final class OperationBatch {

    /** So many operations are done together at most. */
    public static final int MAX_SIZE = 64;

    /**
     * Arrays larger than this are not kept for later batches: there may be a batch for
     * each thread.
     */
    private static final int KEPT_BYTES = 1 << 11;

    private final @Nullable Operation[] operations = new @Nullable Operation[MAX_SIZE]; // from
                                                                                        // 0
                                                                                        // on,
                                                                                        // made
                                                                                        // when
                                                                                        // needed

    private int size;

    @SuppressWarnings("unused") // written so that the reads are not left out
    private long touched;

    /** Adds an operation with empty key and value; there is room for it. */
    public Operation add() {
        Operation operation = this.operations[this.size];
        if (operation == null) {
            operation = new Operation();
            this.operations[this.size] = operation;
        }
        this.size++;
        return operation;
    }

    /** How many operations there are. */
    public int size() {
        return this.size;
    }

    /** Whether there is no room for another one. */
    public boolean isFull() {
        return this.size == MAX_SIZE;
    }

    /** One of the operations, counted from 0. */
    public Operation get(int index) {
        Operation operation = this.operations[index];
        if (index >= this.size || operation == null) {
            throw new IndexOutOfBoundsException("operation " + index + " of " + this.size);
        }
        return operation;
    }

    /** Takes what was read for the cache only. */
    void touched(long read) {
        this.touched = read;
    }

    /**
     * Takes all operations out.
     * @param counter what they have counted is added here
     */
    void clear(Operation counter) {
        for (int i = 0; i < this.size; i++) {
            Operation operation = get(i);
            operation.clear(KEPT_BYTES);
            operation.moveCountsTo(counter);
        }
        this.size = 0;
    }

}
