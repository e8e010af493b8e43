package io.flowstate.internal.kv;

import io.flowstate.internal.memory.BufferAccess;

/**
 * A folded multiplication for every eight bytes, as in wyhash (Wang Yi), seeded so that
 * nobody can choose keys that collide in all stores.
 */
public final class FoldedHash implements KeyHash {

    private static final long FACTOR = 0xA0761D6478BD642FL;

    private static final long LAST_FACTOR = 0xE7037ED1A0B428DBL;

    private final long seed;

    /**
     * Creates a hash.
     * @param seed any number
     */
    public FoldedHash(long seed) {
        this.seed = seed;
    }

    @Override
    public long of(byte[] key, int length) {
        long hash = this.seed ^ (length * FACTOR);
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            hash = fold(hash ^ BufferAccess.getLong(key, i), FACTOR);
        }
        if (i < length) {
            hash = fold(hash ^ rest(key, i, length), FACTOR);
        }
        return fold(hash ^ (hash >>> 32), LAST_FACTOR);
    }

    private static long rest(byte[] key, int from, int to) {
        long rest = 0;
        for (int i = from; i < to; i++) {
            rest = (rest << 8) | (key[i] & 0xFF);
        }
        return rest;
    }

    private static long fold(long value, long factor) {
        // the upper half of the unsigned product; that of the signed one is the same for
        // v and -v but for one bit
        long high = Math.multiplyHigh(value, factor) + ((value >> 63) & factor) + ((factor >> 63) & value);
        return (value * factor) ^ high;
    }

}
