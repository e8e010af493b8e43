package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

import io.flowstate.internal.hybridlog.DeviceRecord;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.index.IndexEntry;
import io.flowstate.internal.memory.BufferAccess;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;
import org.jspecify.annotations.Nullable;

/**
 * The working place of one operation: the bytes of its key, of the value it writes and of
 * the value it read, and what it knows of the record it read. Used again by later
 * operations; belongs to the one that took it from the {@link Pool}.
 */
public final class Operation {

    private static final int INITIAL_BYTES = 128;

    /** Arrays larger than this are not kept for later operations. */
    private static final int KEPT_BYTES = 1 << 16;

    private static final int NO_PLACE = -1;

    private final int place; // in the pool

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

    /** The table that was looked at last. */
    @Nullable RecordTable table;

    /** The newest record of the chain, 0 if there was none. */
    long seenFirst;

    /** The key's own record if it was in memory, else 0. */
    long seenAddress;

    /** The key's own record, wherever it lies, 0 if there is none. */
    long foundAddress;

    /** The size of that record, if it is to be copied. */
    long foundBytes;

    /** What came of reading among others. */
    boolean present;

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

    // What it has done, to be added to the totals of the pool now and then.

    private final long[] counts = new long[Count.values().length];

    private int uses;

    private @Nullable ByteBuffer valueView; // over value, made at its first use

    private @Nullable Batch batch; // made at its first use

    /** Creates an operation outside any pool. */
    Operation() {
        this(NO_PLACE);
    }

    private Operation(int place) {
        this.place = place;
    }

    /** Operations to be done in place of this one; given back with it. */
    public Batch batch() {
        Batch made = this.batch;
        if (made == null) {
            made = new Batch();
            this.batch = made;
        }
        return made;
    }

    /** The key to be filled by a serializer. */
    public SerializerOutput key() {
        return this.key;
    }

    /** Whether the key had a value when it was read among others. */
    public boolean isPresent() {
        return this.present;
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

    /** The table that was looked at last. */
    RecordTable table() {
        if (this.table == null) {
            throw new IllegalStateException("no table was looked at");
        }
        return this.table;
    }

    /** Whether a record is of the operation's key. */
    boolean hasKey(ByteBuffer buffer, int offset) {
        return LogRecord.hasKey(buffer, offset, this.key.array(), this.key.length());
    }

    /** The value that was read, in a view that is used again. */
    public ByteBuffer valueView() {
        ByteBuffer view = this.valueView;
        if (view == null) {
            view = ByteBuffer.wrap(this.value).asReadOnlyBuffer();
            this.valueView = view;
        }
        return view.clear().limit(this.valueLength);
    }

    void count(Count what) {
        this.counts[what.place]++;
    }

    void countInPlace() {
        count(Count.IN_PLACE);
    }

    void countAppended() {
        count(Count.APPENDED);
    }

    void ensureValue(int length) {
        if (this.value.length < length) {
            this.value = new byte[Math.max(length, Math.min(2 * this.value.length, KEPT_BYTES))];
            this.valueView = null;
        }
    }

    /** Takes all operations out of the batch. */
    public void clearBatch() {
        Batch used = this.batch;
        if (used != null) {
            used.clear(this);
        }
    }

    private void clear() {
        clearBatch();
        clear(KEPT_BYTES);
    }

    /**
     * Makes the operation as it was.
     * @param keptBytes arrays larger than this are let go
     */
    void clear(int keptBytes) {
        this.key.clear();
        this.newValue.clear();
        if (Math.max(this.key.array().length, this.newValue.array().length) > keptBytes) {
            this.key = new SerializerOutput(INITIAL_BYTES);
            this.newValue = new SerializerOutput(INITIAL_BYTES);
        }
        if (this.value.length > keptBytes) {
            this.value = new byte[INITIAL_BYTES];
            this.valueView = null;
        }
        this.table = null; // may be large, and gone
        this.device.trim(keptBytes);
    }

    /** Lets another operation count what this one has done. */
    void moveCountsTo(Operation other) {
        for (int i = 0; i < this.counts.length; i++) {
            other.counts[i] += this.counts[i];
            this.counts[i] = 0;
        }
    }

    /**
     * Operations that are done together, so that their cache misses and their reads from
     * the device overlap. Used again and again: belongs to the
     * {@linkplain Operation#batch operation} that was taken for all of them, and to
     * whoever has taken that.
     */
    public static final class Batch {

        /** So many operations are done together at most. */
        public static final int MAX_SIZE = 64;

        /**
         * Larger arrays are not kept. Each place of the pool may come to have a batch: 64
         * times 64 operations with four such arrays are 32 MiB.
         */
        private static final int KEPT_BYTES = 1 << 11;

        /** From 0 on, made when needed. */
        private final @Nullable Operation[] operations = new @Nullable Operation[MAX_SIZE];

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

    /** What a change does. */
    enum Kind {

        /** Sets the value. */
        PUT,

        /** Removes the key. */
        REMOVE,

        /** Sets the value if it is still the one that was read. */
        REPLACE,

        /** Removes the key if its value is still the one that was read. */
        REMOVE_READ,

        /** Adds to a count. */
        ADD,

        /** Writes the record that was found once more if the chain is still the same. */
        COPY;

        boolean removes() {
            return this == REMOVE || this == REMOVE_READ;
        }

        boolean isConditional() {
            return this == REPLACE || this == REMOVE_READ || this == COPY;
        }

        /** Whether there is nothing to do if the index has no entry. */
        boolean needsEntry() {
            return removes() || this == COPY;
        }

    }

    /** What operations count. */
    public enum Count {

        /** Reads that found a value in memory. */
        MEMORY_HIT(0),

        /** Reads that found a value on the device. */
        DEVICE_HIT(1),

        /** Reads that found none. */
        MISS(2),

        /** Changes of a record where it was. */
        IN_PLACE(3),

        /** Records written at the tail. */
        APPENDED(4);

        private final int place; // in an array of counts

        Count(int place) {
            this.place = place;
        }

    }

    /**
     * Operations to be used again. Each has a place for good, and a word beside it says
     * whether it is in use: taking and giving back store no reference, for which a
     * collector in regions would have a price (a fence, and a card that threads share).
     * Thread-safe; never waits.
     */
    public static final class Pool {

        private static final int PLACES = 64;

        /**
         * Words lie two cache lines apart, so that neighbours do not disturb each other.
         */
        private static final int STRIDE = 16;

        /** An operation adds its counts to the totals after so many uses. */
        private static final int USES_BETWEEN_TOTALS = 64;

        private static final long FREE = 0;

        private static final long IN_USE = 1;

        private final LongAdder[] totals = new LongAdder[Count.values().length];

        /** Claimed by compare-and-set, freed by setRelease. */
        private final AtomicLongArray words = new AtomicLongArray((PLACES + 1) * STRIDE);

        /**
         * Each is written and used by whoever has claimed the word of its place; others
         * only read its counts, which may then be old.
         */
        private final @Nullable Operation[] places = new @Nullable Operation[PLACES];

        /** Creates an empty pool. */
        public Pool() {
            for (int i = 0; i < this.totals.length; i++) {
                this.totals[i] = new LongAdder();
            }
        }

        /** How often something was counted; exact while no operation is under way. */
        public long count(Count what) {
            long sum = this.totals[what.place].sum();
            for (int i = 0; i < PLACES; i++) {
                this.words.getAcquire(word(i)); // meets giveBack
                Operation waiting = this.places[i];
                sum += (waiting != null) ? waiting.counts[what.place] : 0;
            }
            return sum;
        }

        private void total(Operation operation) {
            operation.uses = 0;
            for (int i = 0; i < operation.counts.length; i++) {
                if (operation.counts[i] != 0) {
                    this.totals[i].add(operation.counts[i]);
                    operation.counts[i] = 0;
                }
            }
        }

        private static int word(int place) {
            return (place + 1) * STRIDE;
        }

        /** An operation with empty key and value. */
        public Operation take() {
            int place = (int) ((Thread.currentThread().getId() * 0x9E3779B9L) >>> 8) & (PLACES - 1);
            if (this.words.getOpaque(word(place)) != FREE || !this.words.compareAndSet(word(place), FREE, IN_USE)) {
                // another thread shares the place, or foreign code inside an operation
                // calls us
                return new Operation(NO_PLACE);
            }
            Operation operation = this.places[place];
            if (operation == null) {
                operation = create(place);
            }
            return operation;
        }

        private Operation create(int place) {
            try {
                Operation operation = new Operation(place);
                this.places[place] = operation;
                return operation;
            }
            catch (Throwable ex) {
                this.words.setRelease(word(place), FREE);
                throw ex;
            }
        }

        /** Takes an operation back. */
        public void giveBack(Operation operation) {
            if (operation.place == NO_PLACE) {
                operation.clearBatch();
                total(operation);
                return;
            }
            boolean cleared = false;
            try {
                operation.clear();
                cleared = true;
                if (++operation.uses >= USES_BETWEEN_TOTALS) {
                    total(operation);
                }
            }
            finally {
                if (!cleared) {
                    this.places[operation.place] = null; // what is left in it is nobody's
                }
                this.words.setRelease(word(operation.place), FREE);
            }
        }

    }

}
