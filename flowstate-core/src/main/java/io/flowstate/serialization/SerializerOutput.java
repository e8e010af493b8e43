package io.flowstate.serialization;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Where a {@link Serializer} writes: a byte array that grows. Numbers are big-endian.
 * Belongs to one thread.
 */
public final class SerializerOutput {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private static final int MAX_LENGTH = Integer.MAX_VALUE - 8;

    private byte[] array;

    private int length;

    /**
     * Creates an empty output.
     * @param capacity the bytes it takes before it grows
     */
    public SerializerOutput(int capacity) {
        this.array = new byte[capacity];
    }

    /** Forgets what was written. */
    public void clear() {
        this.length = 0;
    }

    /**
     * The number of bytes written.
     * @return the length
     */
    public int length() {
        return this.length;
    }

    /**
     * The array that holds the bytes from 0 to {@link #length()}; another one after the
     * next write.
     * @return the array itself, not a copy
     */
    public byte[] array() {
        return this.array;
    }

    /**
     * A copy of the bytes written.
     * @return a new array
     */
    public byte[] toByteArray() {
        return Arrays.copyOf(this.array, this.length);
    }

    /**
     * Writes one byte.
     * @param value its low eight bits count
     */
    public void writeByte(int value) {
        int at = claim(1);
        this.array[at] = (byte) value;
    }

    /**
     * Writes four bytes.
     * @param value the number
     */
    public void writeInt(int value) {
        int at = claim(Integer.BYTES);
        INT.set(this.array, at, value);
    }

    /**
     * Writes eight bytes.
     * @param value the number
     */
    public void writeLong(long value) {
        int at = claim(Long.BYTES);
        LONG.set(this.array, at, value);
    }

    /**
     * Writes bytes.
     * @param source where they are
     * @param offset the first of them
     * @param count how many
     */
    public void writeBytes(byte[] source, int offset, int count) {
        int at = claim(count);
        System.arraycopy(source, offset, this.array, at, count);
    }

    /**
     * Writes a whole array.
     * @param source the bytes
     */
    public void writeBytes(byte[] source) {
        writeBytes(source, 0, source.length);
    }

    private int claim(int count) {
        int at = this.length;
        long needed = (long) at + count;
        if (needed > this.array.length) {
            if (needed > MAX_LENGTH) {
                throw new IllegalArgumentException("a serialized key or value has at most " + MAX_LENGTH + " bytes");
            }
            this.array = Arrays.copyOf(this.array,
                    (int) Math.min(MAX_LENGTH, Math.max(needed, 2L * this.array.length)));
        }
        this.length = (int) needed;
        return at;
    }

}
