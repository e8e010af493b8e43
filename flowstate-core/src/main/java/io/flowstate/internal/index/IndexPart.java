package io.flowstate.internal.index;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import io.flowstate.internal.index.HashIndex.Outcome;
import io.flowstate.internal.index.HashIndex.EntryVisitor;
import io.flowstate.internal.memory.BufferAccess;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of all hashes that begin with the same bits.
 *
 * <pre>
 *   part     buckets 0, 1, ...: first the primary ones, each for an equal share of the hashes, in their order;
 *            the last fifth (at least one) are overflow buckets. They lie in blocks of 128, or in one smaller piece
 *
 *   bucket    0  8  word of entry 0     bits 0..47  address of the newest record, in units of eight bytes;
 *             .  .                                  1: an entry being made, 2: an entry without an address
 *            32  8  word of entry 4     bits 48..63 bits 16..31 of the hash (the low part of the fingerprint)
 *            40  4  bits 32..63 of the hash of entry 0 (the high part of the fingerprint)
 *             .  .
 *            56  4  the same of entry 4
 *            60  4  the next bucket of this chain of buckets: its number in the part, 0 if none
 * </pre>
 *
 * A word of 0 is a free place. Whoever makes an entry claims a free place with the
 * address 1, writes the high part, and looks through the whole bucket again: if another
 * entry there may be the same, it gives the place back and tries again, so of two that
 * are made at once at most one survives.
 *
 * <p>
 * The part is full when the overflow buckets are used up, which is when it holds about
 * {@value #ENTRIES_PER_100_BUCKETS} entries for 100 buckets, and a little more; one entry
 * in ten is then found in an overflow bucket. It is replaced by one that is about a
 * twelfth larger: many small steps, because the emptiest moment counts for the memory
 * that an index needs.
 */
final class IndexPart {

    private static final int BUCKET_BYTES = 64;

    private static final int BLOCK_BUCKETS = IndexMemory.BLOCK_BYTES / BUCKET_BYTES;

    private static final int BLOCK_SHIFT = Integer.numberOfTrailingZeros(BLOCK_BUCKETS);

    /** A part that would need more is replaced by two. */
    private static final int MAX_BUCKETS = 16 * BLOCK_BUCKETS;

    /**
     * A part this deep grows on instead, so that hashes that are not spread at all do not
     * blow the directory up.
     */
    static final int MAX_DEPTH = 24;

    /** How many entries a new part is made for. */
    private static final int ENTRIES_PER_100_BUCKETS = 308;

    private static final int ENTRIES = 5;

    private static final int HIGH_PARTS = 40;

    private static final int NEXT = 60;

    private static final long ADDRESS_MASK = IndexEntry.ADDRESS_MASK;

    /** The bits of a hash that count. */
    private static final long FINGERPRINT_MASK = ~0xFFFFL;

    private final int depth;

    private final int primaryBuckets;

    private final ByteBuffer[] buffers; // of the blocks

    private final int[] offsets; // of the blocks

    private final long prefix; // the first depth bits of each hash, as a number

    private final int overflowBuckets;

    private final IndexBlocks blocks;

    private final AtomicInteger overflowUsed = new AtomicInteger();

    private volatile boolean frozen; // written under the growth lock of the index

    private IndexPart(IndexMemory memory, int depth, long prefix, int buckets) {
        this.depth = depth;
        this.prefix = prefix;
        this.overflowBuckets = Math.max(1, (buckets + 2) / 5);
        this.primaryBuckets = buckets - this.overflowBuckets;
        this.blocks = memory.take((long) buckets * BUCKET_BYTES);
        this.buffers = this.blocks.buffers;
        this.offsets = this.blocks.offsets;
    }

    /** An empty part with room for so many entries, if they are spread evenly. */
    static IndexPart create(IndexMemory memory, int depth, long prefix, long entries) {
        return new IndexPart(memory, depth, prefix, bucketsFor(entries));
    }

    /** How many entries a part is made for at most. */
    static long maxEntries() {
        return MAX_BUCKETS * ENTRIES_PER_100_BUCKETS / 100;
    }

    private static int bucketsFor(long entries) {
        long buckets = (entries * 100 + ENTRIES_PER_100_BUCKETS - 1) / ENTRIES_PER_100_BUCKETS;
        if (buckets > BLOCK_BUCKETS) {
            return Math.toIntExact((buckets + BLOCK_BUCKETS - 1) / BLOCK_BUCKETS * BLOCK_BUCKETS);
        }
        return Math.max(2, Integer.highestOneBit(2 * (int) buckets - 1));
    }

    private static int moreBucketsThan(int buckets) {
        return (buckets < BLOCK_BUCKETS) ? 2 * buckets : buckets + Math.max(1, buckets / MAX_BUCKETS) * BLOCK_BUCKETS;
    }

    int depth() {
        return this.depth;
    }

    IndexBlocks blocks() {
        return this.blocks;
    }

    boolean covers(long hash) {
        return firstBits(hash, this.depth) == this.prefix;
    }

    private static long firstBits(long hash, int count) {
        return (count == 0) ? 0 : hash >>> (64 - count);
    }

    private static long tag(long hash) {
        return (hash << 32) & ~ADDRESS_MASK;
    }

    private static int highPart(long hash) {
        return (int) (hash >>> 32);
    }

    private static long hash(int highPart, long word) {
        return ((long) highPart << 32) | ((word & ~ADDRESS_MASK) >>> 32);
    }

    private int primaryBucket(long hash) {
        long share = ((hash & FINGERPRINT_MASK) << this.depth) >>> 32; // in units of
                                                                       // 2^-32
        return (int) ((share * this.primaryBuckets) >>> 32);
    }

    /**
     * The lowest hash that lies in a primary bucket; after the last, in the next part.
     */
    private long firstHash(int bucket) {
        long start = (this.depth == 0) ? 0 : this.prefix << (64 - this.depth);
        if (bucket == this.primaryBuckets) {
            return (this.depth == 0) ? 0 : (this.prefix + 1) << (64 - this.depth);
        }
        long share = (((long) bucket << 32) + this.primaryBuckets - 1) / this.primaryBuckets;
        long distance = (share << 32) >>> this.depth;
        boolean roundedDown = (distance << this.depth) != share << 32;
        return start + ((distance + (roundedDown ? 1 : 0) + ~FINGERPRINT_MASK) & FINGERPRINT_MASK);
    }

    private ByteBuffer buffer(int bucket) {
        return this.buffers[bucket >>> BLOCK_SHIFT];
    }

    private int offset(int bucket) {
        return this.offsets[bucket >>> BLOCK_SHIFT] + (bucket & (BLOCK_BUCKETS - 1)) * BUCKET_BYTES;
    }

    /** The bucket that follows in the chain, 0 if none. */
    private int next(int bucket) {
        return BufferAccess.getIntVolatile(buffer(bucket), offset(bucket) + NEXT);
    }

    boolean find(long hash, IndexEntry entry) {
        return IndexEntry.address(findMade(hash, primaryBucket(hash), entry)) != 0;
    }

    /** The address in the entry of a hash, 0 if there is none. */
    long find(long hash) {
        return IndexEntry.address(findMade(hash, primaryBucket(hash), null));
    }

    /** Some bits of the first bucket of a hash. */
    long touch(long hash) {
        int bucket = primaryBucket(hash);
        return BufferAccess.getLong(buffer(bucket), offset(bucket));
    }

    /**
     * Looks for the finished entry of a hash.
     * @param entry receives place and word, if it is wanted
     * @return the word, 0 if there is no such entry
     */
    private long findMade(long hash, int firstBucket, @Nullable IndexEntry entry) {
        long tag = tag(hash);
        int highPart = highPart(hash);
        int bucket = firstBucket;
        do {
            ByteBuffer buffer = buffer(bucket);
            int offset = offset(bucket);
            for (int i = 0; i < ENTRIES; i++) {
                long word = BufferAccess.getLongAcquire(buffer, offset + i * Long.BYTES);
                if (((word ^ tag) & ~ADDRESS_MASK) == 0 && (word & ADDRESS_MASK) >= IndexEntry.EMPTY
                        && BufferAccess.getInt(buffer, offset + HIGH_PARTS + i * Integer.BYTES) == highPart) {
                    if (entry != null) {
                        entry.set(buffer, offset + i * Long.BYTES, word);
                    }
                    return word;
                }
            }
            bucket = BufferAccess.getIntVolatile(buffer, offset + NEXT);
        }
        while (bucket != 0);
        return 0;
    }

    /**
     * Looks for the entry of a hash, and makes one if there is none.
     * @param entries counts the entries that are made
     */
    Outcome findOrCreate(long hash, IndexEntry entry, LongAdder entries) {
        if (this.frozen) {
            return Outcome.FROZEN;
        }
        int firstBucket = primaryBucket(hash);
        if (findMade(hash, firstBucket, entry) != 0) {
            return Outcome.FOUND;
        }
        long place = claimFreePlace(hash, firstBucket);
        if (place < 0) {
            return Outcome.FULL;
        }
        int bucket = (int) (place / ENTRIES);
        int i = (int) (place % ENTRIES);
        ByteBuffer buffer = buffer(bucket);
        int offset = offset(bucket);
        BufferAccess.setInt(buffer, offset + HIGH_PARTS + i * Integer.BYTES, highPart(hash));
        if (isMadeTwice(hash, firstBucket, place)) {
            BufferAccess.setLongRelease(buffer, offset + i * Long.BYTES, 0);
            return Outcome.RETRY;
        }
        long word = tag(hash) | IndexEntry.EMPTY;
        BufferAccess.setLongRelease(buffer, offset + i * Long.BYTES, word);
        entries.increment();
        entry.set(buffer, offset + i * Long.BYTES, word);
        return Outcome.FOUND;
    }

    /**
     * Claims a free place for an entry.
     * @return the number of the place in the part, five to a bucket; -1 if there is none
     */
    private long claimFreePlace(long hash, int firstBucket) {
        int bucket = firstBucket;
        while (true) {
            ByteBuffer buffer = buffer(bucket);
            int offset = offset(bucket);
            for (int i = 0; i < ENTRIES; i++) {
                int place = offset + i * Long.BYTES;
                if (BufferAccess.getLongAcquire(buffer, place) == 0
                        && BufferAccess.compareAndSetLong(buffer, place, 0, tag(hash) | IndexEntry.IN_MAKING)) {
                    return (long) bucket * ENTRIES + i;
                }
            }
            int next = next(bucket);
            if (next == 0 && !appendBucket(bucket)) {
                return -1;
            }
            bucket = (next == 0) ? next(bucket) : next;
        }
    }

    /** Makes sure that a bucket has a next one. */
    private boolean appendBucket(int bucket) {
        int used = this.overflowUsed.get();
        while (used < this.overflowBuckets && !this.overflowUsed.compareAndSet(used, used + 1)) {
            used = this.overflowUsed.get();
        }
        if (used == this.overflowBuckets) {
            return next(bucket) != 0;
        }
        int number = this.primaryBuckets + used;
        for (int last = bucket; !BufferAccess.compareAndSetInt(buffer(last), offset(last) + NEXT, 0, number);) {
            last = next(last); // another thread was faster: its bucket comes first
        }
        return true;
    }

    /**
     * Whether another place holds, or may be about to hold, an entry of the same
     * fingerprint.
     */
    private boolean isMadeTwice(long hash, int firstBucket, long ownPlace) {
        long tag = tag(hash);
        int highPart = highPart(hash);
        int bucket = firstBucket;
        do {
            ByteBuffer buffer = buffer(bucket);
            int offset = offset(bucket);
            for (int i = 0; i < ENTRIES; i++) {
                long word = BufferAccess.getLongVolatile(buffer, offset + i * Long.BYTES);
                if (word == 0 || ((word ^ tag) & ~ADDRESS_MASK) != 0 || (long) bucket * ENTRIES + i == ownPlace) {
                    continue;
                }
                boolean inMaking = (word & ADDRESS_MASK) == IndexEntry.IN_MAKING;
                if (inMaking || BufferAccess.getInt(buffer, offset + HIGH_PARTS + i * Integer.BYTES) == highPart) {
                    return true;
                }
            }
            bucket = next(bucket);
        }
        while (bucket != 0);
        return false;
    }

    boolean isFull() {
        return this.overflowUsed.get() == this.overflowBuckets;
    }

    /** Whether another part of this size would be full again soon. */
    private boolean isAlmostFull() {
        return this.overflowUsed.get() > this.overflowBuckets - Math.max(1, this.overflowBuckets / 8);
    }

    boolean isFrozen() {
        return this.frozen;
    }

    void freeze() {
        this.frozen = true;
    }

    void thaw() {
        this.frozen = false;
    }

    private int buckets() {
        return this.primaryBuckets + this.overflowBuckets;
    }

    /** Counts the entries of a frozen part. */
    Census census(long begin) {
        int live = 0;
        int upper = 0;
        int gone = 0;
        int empty = 0;
        int used = this.primaryBuckets + this.overflowUsed.get();
        for (int bucket = 0; bucket < used; bucket++) {
            ByteBuffer buffer = buffer(bucket);
            int offset = offset(bucket);
            for (int i = 0; i < ENTRIES; i++) {
                long word = BufferAccess.getLong(buffer, offset + i * Long.BYTES);
                if (word == 0) {
                    continue;
                }
                long address = IndexEntry.address(word);
                if (address == 0) {
                    empty++;
                }
                else if (address < begin) {
                    gone++;
                }
                else {
                    long hash = hash(BufferAccess.getInt(buffer, offset + HIGH_PARTS + i * Integer.BYTES), word);
                    upper += (hash << this.depth < 0) ? 1 : 0;
                    live++;
                }
            }
        }
        return new Census(live - upper, upper, gone, empty);
    }

    /**
     * Copies a frozen part, which nobody changes any more: into one of the size that its
     * entries need, or into two.
     * @throws io.flowstate.storage.StateException if there is no memory
     */
    IndexPart[] replacement(IndexMemory memory, Census census, long begin) {
        int buckets = bucketsFor(census.live());
        if (census.dropped() == 0) {
            buckets = Math.max(buckets, moreBucketsThan(buckets()));
        }
        if (buckets <= MAX_BUCKETS || this.depth == MAX_DEPTH) {
            return new IndexPart[] { copy(memory, this.depth, this.prefix, buckets, begin) };
        }
        IndexPart lower = copy(memory, this.depth + 1, this.prefix << 1, bucketsFor(census.lower()), begin);
        try {
            return new IndexPart[] { lower,
                    copy(memory, this.depth + 1, (this.prefix << 1) | 1, bucketsFor(census.upper()), begin) };
        }
        catch (RuntimeException | Error ex) {
            memory.giveBack(lower.blocks);
            throw ex;
        }
    }

    /**
     * A part with those entries that it covers: of the size asked for, or larger if they
     * do not fit.
     */
    private IndexPart copy(IndexMemory memory, int targetDepth, long targetPrefix, int targetBuckets, long begin) {
        for (int buckets = targetBuckets;; buckets = moreBucketsThan(buckets)) {
            IndexPart target = new IndexPart(memory, targetDepth, targetPrefix, buckets);
            if (copyInto(target, begin) && !target.isAlmostFull()) {
                return target;
            }
            memory.giveBack(target.blocks);
        }
    }

    /** Copies those entries that the target covers; false if they do not fit. */
    private boolean copyInto(IndexPart target, long begin) {
        for (int first = 0; first < this.primaryBuckets; first++) {
            int bucket = first;
            do {
                ByteBuffer buffer = buffer(bucket);
                int offset = offset(bucket);
                for (int i = 0; i < ENTRIES; i++) {
                    long word = BufferAccess.getLong(buffer, offset + i * Long.BYTES);
                    long address = IndexEntry.address(word);
                    if (address == 0 || address < begin) {
                        continue;
                    }
                    long hash = hash(BufferAccess.getInt(buffer, offset + HIGH_PARTS + i * Integer.BYTES), word);
                    if (target.covers(hash) && !target.insert(hash, word)) {
                        return false;
                    }
                }
                bucket = BufferAccess.getInt(buffer, offset + NEXT);
            }
            while (bucket != 0);
        }
        return true;
    }

    /** Inserts an entry that is not there, before others may see this part. */
    private boolean insert(long hash, long word) {
        int bucket = primaryBucket(hash);
        while (true) {
            ByteBuffer buffer = buffer(bucket);
            int offset = offset(bucket);
            for (int i = 0; i < ENTRIES; i++) {
                if (BufferAccess.getLong(buffer, offset + i * Long.BYTES) == 0) {
                    BufferAccess.setLong(buffer, offset + i * Long.BYTES, word);
                    BufferAccess.setInt(buffer, offset + HIGH_PARTS + i * Integer.BYTES, highPart(hash));
                    return true;
                }
            }
            bucket = BufferAccess.getInt(buffer, offset + NEXT);
            if (bucket == 0) {
                if (isFull()) {
                    return false;
                }
                bucket = this.primaryBuckets + this.overflowUsed.getAndIncrement();
                BufferAccess.setInt(buffer, offset + NEXT, bucket);
            }
        }
    }

    /**
     * Visits the entries of the bucket in which a hash lies, from this hash on.
     * @return the hash at which the next bucket begins
     */
    long visitBucket(long from, EntryVisitor visitor) {
        int first = primaryBucket(from);
        int bucket = first;
        do {
            ByteBuffer buffer = buffer(bucket);
            int offset = offset(bucket);
            for (int i = 0; i < ENTRIES; i++) {
                long word = BufferAccess.getLongAcquire(buffer, offset + i * Long.BYTES);
                long address = IndexEntry.address(word);
                if (address == 0) {
                    continue;
                }
                long hash = hash(BufferAccess.getInt(buffer, offset + HIGH_PARTS + i * Integer.BYTES), word);
                // The bucket may begin before: a walk came here from a smaller part.
                if (Long.compareUnsigned(hash, from) >= 0) {
                    visitor.entry(address, hash);
                }
            }
            bucket = next(bucket);
        }
        while (bucket != 0);
        return firstHash(first + 1);
    }

    /**
     * The entries of a part by what becomes of them when it is replaced.
     *
     * @param lower stay, in the lower half of the hashes
     * @param upper stay, in the upper half
     * @param gone are dropped with the records before begin
     * @param empty are dropped because they never got an address
     */
    record Census(int lower, int upper, int gone, int empty) {

        int live() {
            return this.lower + this.upper;
        }

        int dropped() {
            return this.gone + this.empty;
        }

    }

}
