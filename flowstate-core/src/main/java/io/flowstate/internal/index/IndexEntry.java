package io.flowstate.internal.index;

import org.jspecify.annotations.Nullable;

/**
 * Where an entry of the index was found and what stood there: a place for results, used
 * again and again. Belongs to one thread, and its contents to one epoch.
 */
public final class IndexEntry {

    private @Nullable IndexPart part;

    private int offset;

    private long word;

    void set(IndexPart part, int offset, long word) {
        this.part = part;
        this.offset = offset;
        this.word = word;
    }

    /**
     * The newest record of the chain.
     * @return its address, or 0 if the chain is empty
     */
    public long address() {
        return IndexPart.address(this.word);
    }

    boolean compareAndSet(long address) {
        if (this.part == null) {
            throw new IllegalStateException("no entry was found");
        }
        return this.part.compareAndSet(this.offset, this.word, address);
    }

}
