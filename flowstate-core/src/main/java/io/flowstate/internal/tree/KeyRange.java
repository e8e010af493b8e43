package io.flowstate.internal.tree;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * Keys from one to before another, compared unsigned. The bytes are never changed.
 *
 * @param from the least key; null if there is no bound
 * @param to the least key that is too great; null if there is no bound
 */
record KeyRange(byte @Nullable [] from, byte @Nullable [] to) {

    static final KeyRange ALL = new KeyRange(null, null);

    /** Whether there is no bound. */
    boolean isAll() {
        return this.from == null && this.to == null;
    }

    /** Keys that begin with some bytes. */
    static KeyRange prefix(byte[] prefix) {
        for (int last = prefix.length - 1; last >= 0; last--) {
            if (prefix[last] != (byte) 0xFF) {
                byte[] to = Arrays.copyOf(prefix, last + 1);
                to[last]++;
                return new KeyRange(prefix, to);
            }
        }
        return new KeyRange(prefix, null);
    }

    /** The least key that is greater than another: that with one byte 0 more. */
    static byte[] after(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    /** The bound below which all keys are too small. */
    static byte[] low(byte[] key, boolean inclusive) {
        return inclusive ? key : after(key);
    }

    /** The bound from which on all keys are too great. */
    static byte[] high(byte[] key, boolean inclusive) {
        return inclusive ? after(key) : key;
    }

    /** The keys that lie in both ranges. */
    KeyRange and(KeyRange other) {
        byte[] least = (this.from == null || (other.from != null && Arrays.compareUnsigned(other.from, this.from) > 0))
                ? other.from : this.from;
        byte[] bound = (this.to == null || (other.to != null && Arrays.compareUnsigned(other.to, this.to) < 0))
                ? other.to : this.to;
        return new KeyRange(least, bound);
    }

    /** Whether there is no key in it. */
    boolean isEmpty() {
        return this.from != null && this.to != null && Arrays.compareUnsigned(this.from, this.to) >= 0;
    }

    /**
     * Whether a key may be the bound of a part of this range: it lies in it or, if it is
     * not itself to be in the part, next to it.
     */
    boolean canEndAt(byte[] key, boolean inclusive) {
        return inclusive ? contains(key) : (this.from == null || Arrays.compareUnsigned(after(key), this.from) >= 0)
                && (this.to == null || Arrays.compareUnsigned(key, this.to) <= 0);
    }

    /** Whether a key lies in it. */
    boolean contains(byte[] key) {
        return (this.from == null || Arrays.compareUnsigned(key, this.from) >= 0)
                && (this.to == null || Arrays.compareUnsigned(key, this.to) < 0);
    }

}
