package io.flowstate.internal.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads and writes numbers in buffers and arrays with a named memory order, little-endian
 * everywhere. Offsets are absolute; those of ordered accesses are aligned to the size of
 * the number.
 */
public final class BufferAccess {

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle ARRAY_LONG = MethodHandles.byteArrayViewVarHandle(long[].class,
            ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle ARRAY_INT = MethodHandles.byteArrayViewVarHandle(int[].class,
            ByteOrder.LITTLE_ENDIAN);

    private BufferAccess() {
    }

    public static long getLong(ByteBuffer buffer, int offset) {
        return (long) LONG.get(buffer, offset);
    }

    public static long getLongAcquire(ByteBuffer buffer, int offset) {
        return (long) LONG.getAcquire(buffer, offset);
    }

    public static long getLongVolatile(ByteBuffer buffer, int offset) {
        return (long) LONG.getVolatile(buffer, offset);
    }

    public static void setLong(ByteBuffer buffer, int offset, long value) {
        LONG.set(buffer, offset, value);
    }

    public static void setLongRelease(ByteBuffer buffer, int offset, long value) {
        LONG.setRelease(buffer, offset, value);
    }

    public static boolean compareAndSetLong(ByteBuffer buffer, int offset, long expected, long value) {
        return LONG.compareAndSet(buffer, offset, expected, value);
    }

    public static int getInt(ByteBuffer buffer, int offset) {
        return (int) INT.get(buffer, offset);
    }

    public static int getIntAcquire(ByteBuffer buffer, int offset) {
        return (int) INT.getAcquire(buffer, offset);
    }

    public static void setIntRelease(ByteBuffer buffer, int offset, int value) {
        INT.setRelease(buffer, offset, value);
    }

    public static int getIntVolatile(ByteBuffer buffer, int offset) {
        return (int) INT.getVolatile(buffer, offset);
    }

    public static void setInt(ByteBuffer buffer, int offset, int value) {
        INT.set(buffer, offset, value);
    }

    public static boolean compareAndSetInt(ByteBuffer buffer, int offset, int expected, int value) {
        return INT.compareAndSet(buffer, offset, expected, value);
    }

    public static long getLong(byte[] array, int offset) {
        return (long) ARRAY_LONG.get(array, offset);
    }

    public static void setLong(byte[] array, int offset, long value) {
        ARRAY_LONG.set(array, offset, value);
    }

    public static int getInt(byte[] array, int offset) {
        return (int) ARRAY_INT.get(array, offset);
    }

    /**
     * Whether a buffer holds the same bytes as an array.
     * @param buffer the buffer
     * @param offset where in the buffer
     * @param array the array, compared from its beginning
     * @param length how many bytes
     */
    public static boolean equal(ByteBuffer buffer, int offset, byte[] array, int length) {
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            if ((long) LONG.get(buffer, offset + i) != (long) ARRAY_LONG.get(array, i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (buffer.get(offset + i) != array[i]) {
                return false;
            }
        }
        return true;
    }

}
