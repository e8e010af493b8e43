package io.flowstate.serialization;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.flowstate.storage.StateException;

/**
 * Where a {@link Serializer} reads: the bytes of one value. Numbers are big-endian.
 * Reading past the end throws {@link StateException}. Belongs to one thread, and to one
 * call.
 */
public final class SerializerInput {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private static final char REPLACEMENT = '\ufffd';

    private byte[] array;

    private int position;

    private int limit;

    /**
     * Creates an input over part of an array.
     * @param array holds the bytes; not copied
     * @param offset the first of them
     * @param length how many
     */
    public SerializerInput(byte[] array, int offset, int length) {
        this.array = array;
        this.position = offset;
        this.limit = offset + length;
    }

    /**
     * Makes this input read other bytes.
     * @param array holds the bytes; not copied
     * @param offset the first of them
     * @param length how many
     * @return this
     */
    public SerializerInput reset(byte[] array, int offset, int length) {
        if (this.array != array) { // storing a reference costs more than looking
            this.array = array;
        }
        this.position = offset;
        this.limit = offset + length;
        return this;
    }

    /**
     * How many bytes are left.
     * @return the number
     */
    public int remaining() {
        return this.limit - this.position;
    }

    /**
     * Reads one byte.
     * @return the byte
     */
    public byte readByte() {
        return this.array[advance(1)];
    }

    /**
     * Reads four bytes.
     * @return the number
     */
    public int readInt() {
        return (int) INT.get(this.array, advance(Integer.BYTES));
    }

    /**
     * Reads eight bytes.
     * @return the number
     */
    public long readLong() {
        return (long) LONG.get(this.array, advance(Long.BYTES));
    }

    /**
     * Reads bytes.
     * @param count how many
     * @return a new array
     */
    public byte[] readBytes(int count) {
        int at = advance(count);
        return Arrays.copyOfRange(this.array, at, at + count);
    }

    /**
     * Reads all bytes that are left.
     * @return a new array
     */
    public byte[] readRemaining() {
        return readBytes(remaining());
    }

    /**
     * Reads all bytes that are left as text in UTF-8. Bytes that are none throw
     * {@link StateException}.
     * @return the text
     */
    public String readRemainingUtf8() {
        int count = remaining();
        int at = advance(count);
        String text = new String(this.array, at, count, StandardCharsets.UTF_8);
        // Only text that shows the replacement character may have had bytes replaced.
        if (text.indexOf(REPLACEMENT) >= 0) {
            checkUtf8(at, count);
        }
        return text;
    }

    /**
     * Ends this input early, so that a part of a key can be read as if it stood alone.
     * @param count how many of the bytes left the part has
     * @return what {@link #widen} takes to undo this
     */
    int narrow(int count) {
        int whole = this.limit;
        this.limit = advance(count) + count;
        this.position = this.limit - count;
        return whole;
    }

    /** Ends this input where it ended before {@link #narrow}. */
    void widen(int whole) {
        this.limit = whole;
    }

    /** The array that holds the bytes, not a copy. */
    byte[] array() {
        return this.array;
    }

    /** Where in the array the next byte stands. */
    int position() {
        return this.position;
    }

    /** Steps over bytes that were read from the array itself. */
    void skip(int count) {
        advance(count);
    }

    private void checkUtf8(int at, int count) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(this.array, at, count));
        }
        catch (CharacterCodingException ex) {
            throw new StateException("a serializer expected text and found bytes that are not UTF-8; was the value"
                    + " written with the same serializer?", ex);
        }
    }

    private int advance(int count) {
        int at = this.position;
        if (count < 0 || count > this.limit - at) {
            throw new StateException("a serializer asked for " + count + " bytes where " + (this.limit - at)
                    + " were left; was the value written with the same serializer?");
        }
        this.position = at + count;
        return at;
    }

}
