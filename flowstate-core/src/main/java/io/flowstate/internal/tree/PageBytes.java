package io.flowstate.internal.tree;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Numbers within the bytes of a page, big-endian. A place outside of the page throws
 * {@link IndexOutOfBoundsException}.
 */
final class PageBytes {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

    private PageBytes() {
    }

    static int getInt(byte[] page, int offset) {
        return (int) INT.get(page, offset);
    }

    static void setInt(byte[] page, int offset, int value) {
        INT.set(page, offset, value);
    }

    /** Two bytes, from 0 to 65,535. */
    static int getShort(byte[] page, int offset) {
        return Short.toUnsignedInt((short) SHORT.get(page, offset));
    }

    static void setShort(byte[] page, int offset, int value) {
        SHORT.set(page, offset, (short) value);
    }

}
