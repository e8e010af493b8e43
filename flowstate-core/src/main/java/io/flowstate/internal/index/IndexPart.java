package io.flowstate.internal.index;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import io.flowstate.internal.index.HashIndex.Outcome;
import io.flowstate.internal.index.HashIndex.WordVisitor;
import io.flowstate.internal.memory.BufferAccess;

/**
 * The buckets of all hashes that begin with the same bits.
 *
 * <pre>
 *   part     two to the power of bits primary buckets, then a quarter as many (at least one) overflow buckets
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
 */
final class IndexPart {

    private static final int BUCKET_BYTES = 64;

    private static final int ENTRIES = 5;

    private static final int HIGH_PARTS = 40;

    private static final int NEXT = 60;

    private static final int ADDRESS_SHIFT = 3;

    private static final long ADDRESS_MASK = (1L << 48) - 1;

    private static final long IN_MAKING = 1;

    private static final long EMPTY = 2;

    private final int depth;

    private final long prefix; // the first depth bits of each hash, as a number

    private final int bits;

    private final ByteBuffer buffer;

    private final AtomicInteger overflowUsed = new AtomicInteger();

    private volatile boolean frozen; // written under the growth lock of the index

    IndexPart(IndexMemory memory, int depth, long prefix, int bits) {
        this.depth = depth;
        this.prefix = prefix;
        this.bits = bits;
        this.buffer = memory.take(bytes(bits));
    }

    /** The size of a part, in bytes. */
    static int bytes(int bits) {
        return ((1 << bits) + overflowBuckets(bits)) * BUCKET_BYTES;
    }

    private static int overflowBuckets(int bits) {
        return Math.max(1, (1 << bits) / 4);
    }

    private int primaryBuckets() {
        return 1 << this.bits;
    }

    int depth() {
        return this.depth;
    }

    ByteBuffer buffer() {
        return this.buffer;
    }

    boolean covers(long hash) {
        return firstBits(hash, this.depth) == this.prefix;
    }

    private static long firstBits(long hash, int count) {
        return (count == 0) ? 0 : hash >>> (64 - count);
    }

    static long address(long word) {
        long units = word & ADDRESS_MASK;
        return (units > EMPTY) ? units << ADDRESS_SHIFT : 0;
    }

    private static long tag(long hash) {
        return (hash << 32) & ~ADDRESS_MASK;
    }

    private static int highPart(long hash) {
        return (int) (hash >>> 32);
    }

    private int bucketOffset(long hash) {
        return (int) firstBits(hash << this.depth, this.bits) * BUCKET_BYTES;
    }

    boolean find(long hash, IndexEntry entry) {
        int place = findPlace(hash, bucketOffset(hash));
        if (place < 0) {
            return false;
        }
        long word = BufferAccess.getLongAcquire(this.buffer, place);
        if (((word ^ tag(hash)) & ~ADDRESS_MASK) != 0 || address(word) == 0) {
            return false; // given back meanwhile
        }
        entry.set(this, place, word);
        return true;
    }

    /** The place of the finished entry of a hash, or -1. */
    private int findPlace(long hash, int firstBucket) {
        long tag = tag(hash);
        int highPart = highPart(hash);
        for (int bucket = firstBucket; bucket >= 0; bucket = next(bucket)) {
            for (int i = 0; i < ENTRIES; i++) {
                long word = BufferAccess.getLongAcquire(this.buffer, bucket + i * Long.BYTES);
                if (((word ^ tag) & ~ADDRESS_MASK) == 0 && (word & ADDRESS_MASK) >= EMPTY
                        && BufferAccess.getInt(this.buffer, bucket + HIGH_PARTS + i * Integer.BYTES) == highPart) {
                    return bucket + i * Long.BYTES;
                }
            }
        }
        return -1;
    }

    private int next(int bucket) {
        int number = BufferAccess.getIntVolatile(this.buffer, bucket + NEXT);
        return (number == 0) ? -1 : number * BUCKET_BYTES;
    }

    Outcome findOrCreate(long hash, IndexEntry entry, LongAdder entries) {
        if (this.frozen) {
            return Outcome.FROZEN;
        }
        int firstBucket = bucketOffset(hash);
        int place = findPlace(hash, firstBucket);
        if (place >= 0) {
            entry.set(this, place, BufferAccess.getLongAcquire(this.buffer, place));
            return Outcome.FOUND;
        }
        place = claimFreePlace(hash, firstBucket);
        if (place < 0) {
            return Outcome.FULL;
        }
        int bucket = place / BUCKET_BYTES * BUCKET_BYTES;
        BufferAccess.setInt(this.buffer, bucket + HIGH_PARTS + (place - bucket) / 2, highPart(hash));
        if (isMadeTwice(hash, firstBucket, place)) {
            BufferAccess.setLongRelease(this.buffer, place, 0);
            return Outcome.RETRY;
        }
        long word = tag(hash) | EMPTY;
        BufferAccess.setLongRelease(this.buffer, place, word);
        entries.increment();
        entry.set(this, place, word);
        return Outcome.FOUND;
    }

    private int claimFreePlace(long hash, int firstBucket) {
        for (int bucket = firstBucket;; bucket = next(bucket)) {
            for (int i = 0; i < ENTRIES; i++) {
                int place = bucket + i * Long.BYTES;
                if (BufferAccess.getLongAcquire(this.buffer, place) == 0
                        && BufferAccess.compareAndSetLong(this.buffer, place, 0, tag(hash) | IN_MAKING)) {
                    return place;
                }
            }
            if (next(bucket) < 0 && !appendBucket(bucket)) {
                return -1;
            }
        }
    }

    /** Makes sure that a bucket has a next one. */
    private boolean appendBucket(int bucket) {
        int used = this.overflowUsed.get();
        while (used < overflowBuckets(this.bits) && !this.overflowUsed.compareAndSet(used, used + 1)) {
            used = this.overflowUsed.get();
        }
        if (used == overflowBuckets(this.bits)) {
            return next(bucket) >= 0;
        }
        int number = primaryBuckets() + used;
        for (int last = bucket; !BufferAccess.compareAndSetInt(this.buffer, last + NEXT, 0, number);) {
            last = next(last); // another thread was faster: its bucket comes first
        }
        return true;
    }

    /**
     * Whether another place holds, or may be about to hold, an entry of the same
     * fingerprint.
     */
    private boolean isMadeTwice(long hash, int firstBucket, int ownPlace) {
        long tag = tag(hash);
        int highPart = highPart(hash);
        for (int bucket = firstBucket; bucket >= 0; bucket = next(bucket)) {
            for (int i = 0; i < ENTRIES; i++) {
                int place = bucket + i * Long.BYTES;
                long word = BufferAccess.getLongVolatile(this.buffer, place);
                if (place == ownPlace || ((word ^ tag) & ~ADDRESS_MASK) != 0 || word == 0) {
                    continue;
                }
                boolean inMaking = (word & ADDRESS_MASK) == IN_MAKING;
                if (inMaking || BufferAccess.getInt(this.buffer, bucket + HIGH_PARTS + i * Integer.BYTES) == highPart) {
                    return true;
                }
            }
        }
        return false;
    }

    boolean compareAndSet(int place, long word, long address) {
        return BufferAccess.compareAndSetLong(this.buffer, place, word,
                (word & ~ADDRESS_MASK) | (address >>> ADDRESS_SHIFT));
    }

    boolean isFull() {
        return this.overflowUsed.get() == overflowBuckets(this.bits);
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

    /**
     * Copies a frozen part, which nobody changes any more: into one of the same size if
     * half of it are entries of keys that are gone, else into one of twice the size or,
     * beyond the largest, into two.
     * @throws io.flowstate.storage.StateException if there is no memory
     */
    IndexPart[] replacement(IndexMemory memory, long begin) {
        int live = liveEntries(begin);
        if (2 * live <= primaryBuckets() * ENTRIES) {
            IndexPart same = copy(memory, this.depth, this.prefix, this.bits, begin);
            if (!same.isFull()) {
                return new IndexPart[] { same };
            }
            memory.giveBack(same.buffer);
        }
        if (this.bits < HashIndex.MAX_PART_BITS) {
            return new IndexPart[] { copy(memory, this.depth, this.prefix, this.bits + 1, begin) };
        }
        IndexPart lower = copy(memory, this.depth + 1, this.prefix << 1, this.bits, begin);
        try {
            return new IndexPart[] { lower, copy(memory, this.depth + 1, (this.prefix << 1) | 1, this.bits, begin) };
        }
        catch (RuntimeException | Error ex) {
            memory.giveBack(lower.buffer);
            throw ex;
        }
    }

    private int liveEntries(long begin) {
        int live = 0;
        int buckets = primaryBuckets() + this.overflowUsed.get();
        for (int bucket = 0; bucket < buckets * BUCKET_BYTES; bucket += BUCKET_BYTES) {
            for (int i = 0; i < ENTRIES; i++) {
                live += isLive(BufferAccess.getLong(this.buffer, bucket + i * Long.BYTES), begin) ? 1 : 0;
            }
        }
        return live;
    }

    private static boolean isLive(long word, long begin) {
        return address(word) != 0 && address(word) >= begin;
    }

    /**
     * A part with those entries that it covers: of the size asked for, or larger if they
     * do not fit.
     */
    private IndexPart copy(IndexMemory memory, int targetDepth, long targetPrefix, int targetBits, long begin) {
        for (int largerBits = targetBits;; largerBits++) {
            IndexPart target = new IndexPart(memory, targetDepth, targetPrefix, largerBits);
            if (copyInto(target, begin)) {
                return target;
            }
            memory.giveBack(target.buffer);
        }
    }

    /** Copies those entries that the target covers; false if they do not fit. */
    private boolean copyInto(IndexPart target, long begin) {
        for (int i = 0; i < primaryBuckets(); i++) {
            for (int bucket = i * BUCKET_BYTES; bucket >= 0; bucket = next(bucket)) {
                for (int j = 0; j < ENTRIES; j++) {
                    long word = BufferAccess.getLong(this.buffer, bucket + j * Long.BYTES);
                    if (!isLive(word, begin)) {
                        continue;
                    }
                    int highPart = BufferAccess.getInt(this.buffer, bucket + HIGH_PARTS + j * Integer.BYTES);
                    long hash = ((long) highPart << 32) | ((word & ~ADDRESS_MASK) >>> 32);
                    if (target.covers(hash) && !target.insert(hash, word)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** Inserts an entry that is not there, before others may see this part. */
    private boolean insert(long hash, long word) {
        int place = claimFreePlace(hash, bucketOffset(hash));
        if (place < 0) {
            return false;
        }
        int bucket = place / BUCKET_BYTES * BUCKET_BYTES;
        BufferAccess.setInt(this.buffer, bucket + HIGH_PARTS + (place - bucket) / 2, highPart(hash));
        BufferAccess.setLong(this.buffer, place, word);
        return true;
    }

    /** The entries of a frozen part that growth drops because their keys are gone. */
    int entriesBelow(long begin) {
        return liveEntries(0) - liveEntries(begin);
    }

    /** The entries of a frozen part that growth drops, those without an address too. */
    int deadEntries(long begin) {
        int made = 0;
        int buckets = primaryBuckets() + this.overflowUsed.get();
        for (int bucket = 0; bucket < buckets * BUCKET_BYTES; bucket += BUCKET_BYTES) {
            for (int i = 0; i < ENTRIES; i++) {
                made += (BufferAccess.getLong(this.buffer, bucket + i * Long.BYTES) != 0) ? 1 : 0;
            }
        }
        return made - liveEntries(begin);
    }

    long visitBucket(long from, WordVisitor visitor) {
        for (int bucket = bucketOffset(from); bucket >= 0; bucket = next(bucket)) {
            for (int i = 0; i < ENTRIES; i++) {
                long word = BufferAccess.getLongAcquire(this.buffer, bucket + i * Long.BYTES);
                if (address(word) == 0) {
                    continue;
                }
                int highPart = BufferAccess.getInt(this.buffer, bucket + HIGH_PARTS + i * Integer.BYTES);
                long hash = ((long) highPart << 32) | ((word & ~ADDRESS_MASK) >>> 32);
                if (Long.compareUnsigned(hash, from) >= 0) {
                    visitor.entry(address(word), hash);
                }
            }
        }
        int indexBits = this.depth + this.bits;
        return (indexBits == 0) ? 0 : (firstBits(from, indexBits) + 1) << (64 - indexBits);
    }

}
