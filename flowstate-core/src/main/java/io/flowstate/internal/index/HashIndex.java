package io.flowstate.internal.index;

import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

import io.flowstate.internal.epoch.Epochs;
import org.jspecify.annotations.Nullable;

/**
 * The hash index of one state: from the hash of a key to the log address of the newest
 * record of its chain. Latch-free for lookups and changes, outside the heap, in buckets
 * of one cache line; stands on FASTER's index (SIGMOD 2018) and on extendible hashing
 * (Fagin et al., 1979).
 *
 * <p>
 * A chain is made of the records whose keys share the top 48 bits of the hash, the
 * <em>fingerprint</em>. An entry holds the whole fingerprint, so that the index can grow
 * without reading a single record, and growth neither splits nor joins chains. Two keys
 * in one chain are possible, and as rare as two equal numbers of 48 bits.
 *
 * <p>
 * The directory leads from the first bits of the hash to a {@linkplain IndexPart part},
 * the rest chooses the bucket: buckets stand in the order of hashes, whatever the size of
 * the index, which is what cursors rely on. A part that is full is replaced by one that
 * is about a twelfth larger, and beyond the largest size by two. While it is copied,
 * changes to that part wait outside the epoch; lookups go on in the old part, whose
 * memory is used again when the last of them has left.
 *
 * <p>
 * Threads: {@link #find}, {@link #findOrCreate} and {@link #compareAndSet} inside an
 * epoch, and so is {@link #visitEntries}; {@link #grow}, {@link #awaitGrowth} and
 * {@link #release} outside. {@link #put} before others come.
 */
public final class HashIndex {

    private static final IndexPart[] RELEASED = new IndexPart[0];

    private final Epochs epochs;

    private final IndexMemory memory;

    private final ReentrantLock growth = new ReentrantLock(); // held by the thread that
                                                              // replaces a part

    private volatile IndexPart[] directory; // a power of two of parts; replaced as a
                                            // whole under growth

    private final LongAdder entries = new LongAdder(); // added to by whoever makes an
                                                       // entry, and by growth

    private final LongAdder droppedEntries = new LongAdder(); // rises; added to under
                                                              // growth

    private boolean released; // guarded by growth

    /**
     * Creates an empty index.
     * @param epochs the epochs that its users enter
     * @param memory where its memory comes from
     * @param expectedEntries the initial size: so many entries find room without growth
     * @throws io.flowstate.storage.StateException if {@code index-memory} or the JVM has
     * no more
     */
    public HashIndex(Epochs epochs, IndexMemory memory, long expectedEntries) {
        if (expectedEntries < 0) {
            throw new IllegalArgumentException("expected entries must not be negative, but were " + expectedEntries);
        }
        this.epochs = epochs;
        this.memory = memory;
        int depth = 0;
        while (depth < IndexPart.MAX_DEPTH && expectedEntries >>> depth > IndexPart.maxEntries()) {
            depth++;
        }
        this.directory = new IndexPart[1 << depth];
        boolean complete = false;
        try {
            for (int i = 0; i < this.directory.length; i++) {
                this.directory[i] = IndexPart.create(memory, depth, i, expectedEntries >>> depth);
            }
            complete = true;
        }
        finally {
            if (!complete) {
                giveBack(this.directory);
            }
        }
    }

    private static IndexPart partOf(IndexPart[] directory, long hash) {
        return directory[(int) ((hash >>> 1) >>> (63 - Integer.numberOfTrailingZeros(directory.length)))];
    }

    /**
     * The address in the entry of a hash, for those who only read: no reference to the
     * entry is kept, which would cost a fence with collectors that work in regions.
     * @param hash the hash of the key
     * @return the address, 0 if no key with this fingerprint was ever put
     */
    public long find(long hash) {
        return partOf(this.directory, hash).find(hash);
    }

    /**
     * Brings the bucket of a hash into the cache, inside an epoch.
     * @param hash the hash of the key
     * @return some bits of the bucket, to be made use of, so that they are read
     */
    public long touch(long hash) {
        return partOf(this.directory, hash).touch(hash);
    }

    /**
     * Looks for the entry of a hash in order to change it.
     * @param hash the hash of the key
     * @param entry receives place and word
     * @return {@link Outcome#FOUND}, {@link Outcome#ABSENT} or {@link Outcome#FROZEN}
     */
    public Outcome findToChange(long hash, IndexEntry entry) {
        IndexPart part = partOf(this.directory, hash);
        if (part.isFrozen()) {
            return Outcome.FROZEN;
        }
        return part.find(hash, entry) ? Outcome.FOUND : Outcome.ABSENT;
    }

    /**
     * Looks for the entry of a hash, and makes one without an address if there is none.
     * @param hash the hash of the key
     * @param entry receives place and word
     * @return what came of it; only after {@link Outcome#FOUND} is the entry set
     */
    public Outcome findOrCreate(long hash, IndexEntry entry) {
        return partOf(this.directory, hash).findOrCreate(hash, entry, this.entries);
    }

    /**
     * Changes the address of an entry that was found to be changed, in the same epoch.
     * @param entry what {@link #findOrCreate} or {@link #findToChange} found
     * @param address the new address
     * @return false if another thread changed it first
     */
    public boolean compareAndSet(IndexEntry entry, long address) {
        return entry.compareAndSet(address);
    }

    /**
     * Sets the address of a hash, whatever it was. For recovery: no other thread may use
     * the index.
     * @param hash the hash of the key
     * @param entry for use inside
     * @param address the new address
     */
    public void put(long hash, IndexEntry entry, long address) {
        while (true) {
            Outcome outcome = findOrCreate(hash, entry);
            if (outcome == Outcome.FOUND && compareAndSet(entry, address)) {
                return;
            }
            if (outcome == Outcome.FULL) {
                grow(hash, 0);
            }
        }
    }

    /**
     * Makes room around a hash after {@link Outcome#FULL}.
     * @param hash the hash that found no room
     * @param begin entries of records before this address are dropped: their keys are
     * gone
     * @throws io.flowstate.storage.StateException if {@code index-memory} or the JVM has
     * no more; nothing has changed
     */
    public void grow(long hash, long begin) {
        this.growth.lock();
        try {
            if (this.released) {
                return;
            }
            IndexPart full = partOf(this.directory, hash);
            if (!full.isFull()) {
                return; // another thread was here
            }
            full.freeze();
            this.epochs.synchronize(); // nobody changes it any more
            boolean published = false;
            try {
                IndexPart.Census census = full.census(begin);
                publish(full, full.replacement(this.memory, census, begin));
                published = true;
                this.entries.add(-census.dropped());
                this.droppedEntries.add(census.gone());
            }
            finally {
                if (!published) {
                    full.thaw();
                }
            }
            this.epochs.synchronize(); // nobody reads it any more
            this.memory.giveBack(full.blocks());
        }
        finally {
            this.growth.unlock();
        }
    }

    private void publish(IndexPart full, IndexPart[] replacement) {
        IndexPart[] old = this.directory;
        boolean deepen = replacement[0].depth() > Integer.numberOfTrailingZeros(old.length);
        IndexPart[] next = new IndexPart[deepen ? old.length * 2 : old.length];
        int depth = Integer.numberOfTrailingZeros(next.length);
        for (int i = 0; i < next.length; i++) {
            IndexPart part = old[deepen ? i >>> 1 : i];
            if (part == full) {
                long hash = (depth == 0) ? 0 : (long) i << (64 - depth);
                part = replacement[0].covers(hash) ? replacement[0] : replacement[1];
            }
            next[i] = part;
        }
        this.directory = next;
    }

    /** Waits until no part is being replaced, after {@link Outcome#FROZEN}. */
    @SuppressWarnings("LockNotBeforeTry") // nothing is done under it
    public void awaitGrowth() {
        this.growth.lock();
        this.growth.unlock();
    }

    /**
     * Gives all memory back when everyone inside has left. Afterwards nobody may look
     * anything up, and growth does nothing.
     */
    public void release() {
        this.growth.lock();
        try {
            if (this.released) {
                return;
            }
            this.released = true;
            this.epochs.synchronize();
            IndexPart[] parts = this.directory;
            this.directory = RELEASED;
            this.entries.reset();
            giveBack(parts);
        }
        finally {
            this.growth.unlock();
        }
    }

    private void giveBack(@Nullable IndexPart[] parts) {
        IndexPart before = null;
        for (IndexPart part : parts) {
            if (part != null && part != before) {
                this.memory.giveBack(part.blocks());
            }
            before = part;
        }
    }

    /**
     * How many entries there are: exact while nobody makes one, and never far off.
     * @return a number of fingerprints
     */
    public long entries() {
        return this.entries.sum();
    }

    /**
     * How many entries growth has dropped so far because their keys were gone.
     * @return a number that only rises
     */
    public long droppedEntries() {
        return this.droppedEntries.sum();
    }

    /**
     * Visits the entries of some buckets in the order of hashes, inside an epoch. A walk
     * made of such calls, each in an epoch of its own, meets every entry that is there
     * throughout, however the index grows meanwhile.
     * @param fromHash where to begin: 0, or what the call before returned
     * @param maxBuckets how many buckets at most
     * @param visitor receives each entry with an address
     * @return the hash at which the next bucket begins, compared unsigned; 0 after the
     * last bucket
     */
    public long visitEntries(long fromHash, int maxBuckets, EntryVisitor visitor) {
        long position = fromHash;
        for (int i = 0; i < maxBuckets; i++) {
            position = partOf(this.directory, position).visitBucket(position, visitor);
            if (position == 0) {
                return 0;
            }
        }
        return position;
    }

    /** What came of looking for an entry to change. */
    public enum Outcome {

        /** The entry is there. */
        FOUND,

        /** There is no entry with an address. */
        ABSENT,

        /**
         * Another thread is making an entry that may be the same: leave the epoch and try
         * again.
         */
        RETRY,

        /**
         * There is no place for another entry: leave the epoch, {@link HashIndex#grow},
         * and try again.
         */
        FULL,

        /**
         * The part is being replaced: leave the epoch, {@link HashIndex#awaitGrowth}, and
         * try again.
         */
        FROZEN

    }

    /** Meets entries and their hashes. */
    @FunctionalInterface
    public interface EntryVisitor {

        /**
         * An entry.
         * @param address the newest record of its chain
         * @param hash48 the fingerprint in the top 48 bits, zeros below
         */
        void entry(long address, long hash48);

    }

}
