package io.flowstate.internal.hybridlog;

/**
 * A place in the log: a number of bytes counted from the log's beginning of time, a
 * multiple of eight. It names a byte for ever, whatever the page or segment size. Stored
 * in 48 bits, in units of eight bytes.
 */
public final class LogAddress {

    /** No address. */
    public static final long NONE = 0;

    /** The address of the first byte of a new log. */
    public static final long FIRST = 4096;

    /** No address reaches this: two pebibytes written in the life of a store. */
    public static final long LIMIT = 1L << 51;

    /**
     * A run writes no block of this size twice: after a cut the tail goes on at the next
     * one.
     */
    public static final int BLOCK_BYTES = 4096;

    private LogAddress() {
    }

    /** The address in units of eight bytes. */
    public static long toUnits(long address) {
        return address >>> 3;
    }

    /** The address from units of eight bytes. */
    public static long fromUnits(long units) {
        return units << 3;
    }

    /** The address itself if a block begins there, else where the next one begins. */
    public static long alignToBlock(long address) {
        return (address + BLOCK_BYTES - 1) & -BLOCK_BYTES;
    }

}
