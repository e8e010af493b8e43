package io.flowstate.benchmark;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * The values of the benchmarks: 100 bytes that follow from the key and do not compress,
 * the first eight of them a number that is added to.
 */
final class Values {

    /** The length of each value, in bytes. */
    static final int LENGTH = 100;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Values() {
    }

    /** Fills an array with the value of a key. */
    static void fill(byte[] value, long key) {
        long bits = key;
        for (int i = 0; i + Long.BYTES <= LENGTH; i += Long.BYTES) {
            bits = mix(bits + i);
            LONG.set(value, i, bits);
        }
        Arrays.fill(value, LENGTH & -Long.BYTES, LENGTH, (byte) bits);
    }

    static byte[] of(long key) {
        byte[] value = new byte[LENGTH];
        fill(value, key);
        return value;
    }

    /** Adds one to the number at the beginning of a value. */
    static void increment(byte[] value) {
        LONG.set(value, 0, (long) LONG.get(value, 0) + 1);
    }

    /** A copy with a number at the beginning that is one higher. */
    static byte[] incremented(byte[] value) {
        byte[] copy = value.clone();
        increment(copy);
        return copy;
    }

    static void check(long key, byte @Nullable [] value) {
        if (!Arrays.equals(value, of(key))) {
            throw new IllegalStateException("wrong value of key " + key);
        }
    }

    /** Keeps a length that was read from being optimised away. */
    static void requireSome(int length) {
        if (length == 0) {
            throw new IllegalStateException("an empty key or value");
        }
    }

    /** The finalizer of MurmurHash3 (Appleby), over a golden-ratio step. */
    static long mix(long number) {
        long mixed = number + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 33)) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return mixed ^ (mixed >>> 33);
    }

}
