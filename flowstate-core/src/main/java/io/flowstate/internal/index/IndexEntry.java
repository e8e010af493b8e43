package io.flowstate.internal.index;

import java.nio.ByteBuffer;

import io.flowstate.internal.memory.BufferAccess;
import org.jspecify.annotations.Nullable;

/**
 * Where an entry of the index was found and what stood there: a place for results, used
 * again and again. Belongs to one thread, and its contents to one epoch.
 */
public final class IndexEntry {

    private static final int ADDRESS_SHIFT = 3;

    /** The bits of a word that hold the address; the others hold bits of the hash. */
    static final long ADDRESS_MASK = (1L << 48) - 1;

    /** What stands in place of the address while the entry is being made. */
    static final long IN_MAKING = 1;

    /** What stands in place of the address if there is none yet. */
    static final long EMPTY = 2;

    private @Nullable ByteBuffer buffer;

    private int offset;

    private long word;

    static long address(long word) {
        long units = word & ADDRESS_MASK;
        return (units > EMPTY) ? units << ADDRESS_SHIFT : 0;
    }

    void set(ByteBuffer buffer, int offset, long word) {
        this.buffer = buffer;
        this.offset = offset;
        this.word = word;
    }

    /**
     * The newest record of the chain.
     * @return its address, or 0 if the chain is empty
     */
    public long address() {
        return address(this.word);
    }

    boolean compareAndSet(long address) {
        if (this.buffer == null) {
            throw new IllegalStateException("no entry was found");
        }
        return BufferAccess.compareAndSetLong(this.buffer, this.offset, this.word,
                (this.word & ~ADDRESS_MASK) | (address >>> ADDRESS_SHIFT));
    }

}
