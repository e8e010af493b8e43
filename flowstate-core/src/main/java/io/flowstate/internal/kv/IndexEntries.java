package io.flowstate.internal.kv;

import io.flowstate.internal.index.HashIndex;
import io.flowstate.internal.index.IndexEntry;

/**
 * Entries on their way to the indexes, in the order in which they came: some at a time,
 * so that the cache misses of their buckets overlap. For recovery: no other thread may
 * use the indexes.
 */
final class IndexEntries {

    /** So many entries are put at once. */
    private static final int BATCH = 64;

    private final HashIndex[] indexes = new HashIndex[BATCH];

    private final long[] hashes = new long[BATCH];

    private final long[] addresses = new long[BATCH];

    private final IndexEntry entry = new IndexEntry();

    private int size;

    @SuppressWarnings("unused") // written so that the reads are not left out
    private long touched;

    /**
     * Adds an entry, to be put no later than by {@link #flush}.
     * @param index where it goes
     * @param hash the hash of the key
     * @param address the address of the record
     */
    void add(HashIndex index, long hash, long address) {
        this.indexes[this.size] = index;
        this.hashes[this.size] = hash;
        this.addresses[this.size] = address;
        this.size++;
        if (this.size == BATCH) {
            flush();
        }
    }

    /** Puts the entries that are not put yet. */
    void flush() {
        long read = 0;
        for (int i = 0; i < this.size; i++) {
            read += this.indexes[i].touch(this.hashes[i]);
        }
        this.touched = read;
        for (int i = 0; i < this.size; i++) {
            this.indexes[i].put(this.hashes[i], this.entry, this.addresses[i]);
        }
        this.size = 0;
    }

}
