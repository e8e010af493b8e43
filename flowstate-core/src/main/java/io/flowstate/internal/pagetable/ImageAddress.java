package io.flowstate.internal.pagetable;

/**
 * Where an image or a block lies in the page log and how much there is to read, in one
 * word.
 *
 * <pre>
 *   bits  0..47   address in units of 64 bytes
 *   bits 48..63   length in units of 64 bytes, rounded up
 * </pre>
 */
public final class ImageAddress {

    /** No image. */
    public static final long NONE = 0;

    /** Images begin at multiples of this. */
    public static final int UNIT_BYTES = 64;

    /** The longest that there can be: just below 4 MiB. */
    public static final int MAX_LENGTH = 0xFFFF * UNIT_BYTES;

    private static final int ADDRESS_BITS = 48;

    private static final long ADDRESS_MASK = (1L << ADDRESS_BITS) - 1;

    private ImageAddress() {
    }

    /**
     * The word for a place.
     * @param address a multiple of the unit
     * @param length the bytes there, at most {@link #MAX_LENGTH}
     */
    public static long of(long address, int length) {
        return (address / UNIT_BYTES) | (long) units(length) << ADDRESS_BITS;
    }

    private static int units(int length) {
        return (length + UNIT_BYTES - 1) / UNIT_BYTES;
    }

    /** The length with what is left over up to the next unit. */
    public static int padded(int length) {
        return units(length) * UNIT_BYTES;
    }

    /** The address in the log. */
    public static long address(long word) {
        return (word & ADDRESS_MASK) * UNIT_BYTES;
    }

    /** The bytes there, a multiple of the unit. */
    public static int length(long word) {
        return (int) (word >>> ADDRESS_BITS) * UNIT_BYTES;
    }

}
