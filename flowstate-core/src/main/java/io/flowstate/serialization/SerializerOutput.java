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

    /**
     * Writes text as UTF-8, without a length. Text with an unpaired surrogate has no such
     * form and is refused with {@link IllegalArgumentException}.
     * @param text the text
     */
    public void writeUtf8(String text) {
        int count = text.length();
        reserve(count);
        int at = this.length;
        int index = 0;
        while (index < count && text.charAt(index) < 0x80) {
            this.array[at++] = (byte) text.charAt(index++);
        }
        this.length = (index == count) ? at : writeUtf8(text, index, at);
    }

    /** Writes the text from an index on; returns the length it would leave. */
    private int writeUtf8(String text, int from, int start) {
        int at = start;
        for (int index = from; index < text.length(); index++) {
            // A unit takes at most three bytes, a pair of units four.
            if (this.array.length - at < 4) {
                reserve(at - this.length + 3L * (text.length() - index));
            }
            char unit = text.charAt(index);
            if (unit < 0x80) {
                this.array[at++] = (byte) unit;
            }
            else if (unit < 0x800) {
                this.array[at++] = (byte) (0xC0 | (unit >> 6));
                this.array[at++] = (byte) (0x80 | (unit & 0x3F));
            }
            else if (!Character.isSurrogate(unit)) {
                this.array[at++] = (byte) (0xE0 | (unit >> 12));
                this.array[at++] = (byte) (0x80 | ((unit >> 6) & 0x3F));
                this.array[at++] = (byte) (0x80 | (unit & 0x3F));
            }
            else {
                int point = codePoint(text, index++);
                this.array[at++] = (byte) (0xF0 | (point >> 18));
                this.array[at++] = (byte) (0x80 | ((point >> 12) & 0x3F));
                this.array[at++] = (byte) (0x80 | ((point >> 6) & 0x3F));
                this.array[at++] = (byte) (0x80 | (point & 0x3F));
            }
        }
        return at;
    }

    private static int codePoint(String text, int index) {
        if (index + 1 == text.length() || !Character.isSurrogatePair(text.charAt(index), text.charAt(index + 1))) {
            throw new IllegalArgumentException(
                    "the text has an unpaired surrogate at index " + index + " and has no UTF-8 form");
        }
        return Character.toCodePoint(text.charAt(index), text.charAt(index + 1));
    }

    /** Makes room at the end for bytes that the caller then sets in {@link #array()}. */
    int claim(int count) {
        reserve(count);
        int at = this.length;
        this.length = at + count;
        return at;
    }

    private void reserve(long count) {
        long needed = this.length + count;
        if (needed > this.array.length) {
            if (needed > MAX_LENGTH) {
                throw new IllegalArgumentException("a serialized key or value has at most " + MAX_LENGTH + " bytes");
            }
            this.array = Arrays.copyOf(this.array,
                    (int) Math.min(MAX_LENGTH, Math.max(needed, 2L * this.array.length)));
        }
    }

}
