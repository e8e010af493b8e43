package io.flowstate.benchmark;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

import org.jspecify.annotations.Nullable;

/**
 * Values of many kilobytes that do not compress and follow from the key and from how
 * often it was written. Cheap to make: a piece of one long random array.
 */
final class LargeValues {

    private static final int SOURCE_BYTES = 1 << 20;

    private final byte[] source = new byte[SOURCE_BYTES];

    private final byte[] value;

    LargeValues(int length) {
        new SplittableRandom(length).nextBytes(this.source);
        this.value = new byte[length];
    }

    /** A value, in an array that the next call overwrites. */
    byte[] of(long key, int round) {
        int from = (int) Long.remainderUnsigned(Values.mix(key + ((long) round << Integer.SIZE)),
                SOURCE_BYTES - this.value.length);
        System.arraycopy(this.source, from, this.value, 0, this.value.length);
        ByteBuffer.wrap(this.value).putLong(key).putInt(round);
        return this.value;
    }

    void check(long key, int round, byte @Nullable [] found) {
        if (!Arrays.equals(of(key, round), found)) {
            throw new IllegalStateException("wrong value of key " + key + ", written " + round + " times");
        }
    }

}
