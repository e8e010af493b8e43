package io.flowstate.internal.hybridlog;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

import io.flowstate.internal.memory.BufferAccess;
import io.flowstate.storage.StateFailedException;
import org.jspecify.annotations.Nullable;

/**
 * The layout of records and padding in the record log, format version 1; little-endian,
 * every record begins at a multiple of eight bytes and lies within one log page.
 *
 * <pre>
 *    0  8  info: bits 0..47  address of the previous record in the chain, in units of eight bytes, 0 if none
 *                bit  48     latched: a thread is changing the record (never set below safeReadOnly)
 *                bit  49     sealed: a newer record is about to take its place, changed no more
 *                bit  50     tombstone: the key is removed
 *                bit  51     dead: never linked, or its writer gave up
 *                bit  52     mixed: older records of the chain may have other keys; if not set, all have this key
 *                bit  53..62 spare, 0 (bit 53 is meant for: the record expires)
 *                bit  63     0; 1 marks padding
 *    8  4  checksum; while the record may change, a counter of its changes
 *   12  4  size of the whole record in units of eight bytes: fixed, scans step by it
 *   16  4  id of the state it belongs to
 *   20  4  length of the key
 *   24  4  length of the value
 *   28  4  spare, 0 (meant for a time of expiry in seconds)
 *   32  .  key, padded with zeros to a multiple of eight
 *       .  value; what is left up to the size is capacity for a longer one
 *
 *   padding, from the end of the last record to the end of a page, or from a cut to the next 4 KiB:
 *    0  8  bits 0..31 checksum of the rest of this word, bits 32..62 length in units of eight bytes, bit 63 set
 *    8  .  never read
 * </pre>
 *
 * <p>
 * The checksum is the CRC32C over the whole record with the checksum field zero, combined
 * by exclusive or with a hash of store id, run and address, so that a record in the wrong
 * place or of another run does not match. It is set when the record becomes unchanging,
 * and checked whenever the record is read from a device.
 *
 * <p>
 * Changes in place happen under the latch. Readers take none: they read info and counter,
 * copy, and look again (a sequence lock). A latch is held for the copying of one value,
 * by a thread inside the epoch, which never waits.
 */
public final class LogRecord {

    /** The length of the header, in bytes. */
    public static final int HEADER_BYTES = 32;

    /** Every record's size is a multiple of this, in bytes. */
    public static final int ALIGNMENT_BYTES = 8;

    static final long LATCHED = 1L << 48;

    static final long SEALED = 1L << 49;

    static final long TOMBSTONE = 1L << 50;

    static final long DEAD = 1L << 51;

    static final long MIXED = 1L << 52;

    private static final long PADDING = 1L << 63;

    private static final long PREVIOUS_MASK = LATCHED - 1;

    /** Bits that no record on a device has set. */
    private static final long INVALID = PADDING | LATCHED
            | ~(PREVIOUS_MASK | LATCHED | SEALED | TOMBSTONE | DEAD | MIXED);

    private static final int CHECKSUM = 8;

    private static final int SIZE = 12;

    private static final int STATE_ID = 16;

    private static final int KEY_LENGTH = 20;

    private static final int VALUE_LENGTH = 24;

    private static final int SPARE = 28;

    private LogRecord() {
    }

    /**
     * The size of a record, as a long so that no length overflows.
     */
    public static long size(int keyLength, int valueLength) {
        return HEADER_BYTES + align(keyLength) + align(valueLength);
    }

    private static long align(long length) {
        return (length + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
    }

    // A record being written: nobody else knows its address yet.

    /**
     * Makes freshly allocated room a dead record of its size, so that the log can be
     * scanned whatever happens next.
     */
    static void initialize(ByteBuffer page, int offset, int size) {
        BufferAccess.setLong(page, offset, DEAD);
        BufferAccess.setInt(page, offset + CHECKSUM, 0);
        BufferAccess.setInt(page, offset + SIZE, size / ALIGNMENT_BYTES);
        BufferAccess.setInt(page, offset + STATE_ID, 0);
        BufferAccess.setInt(page, offset + KEY_LENGTH, 0);
        BufferAccess.setInt(page, offset + VALUE_LENGTH, 0);
        BufferAccess.setInt(page, offset + SPARE, 0);
    }

    /**
     * Fills an {@linkplain #initialize initialized} record and makes it a live one.
     */
    public static void write(ByteBuffer page, int offset, int stateId, long previousAddress, boolean mixed,
            boolean tombstone, byte[] key, int keyLength, byte[] value, int valueLength) {
        BufferAccess.setInt(page, offset + STATE_ID, stateId);
        BufferAccess.setInt(page, offset + KEY_LENGTH, keyLength);
        BufferAccess.setInt(page, offset + VALUE_LENGTH, valueLength);
        putPadded(page, offset + HEADER_BYTES, key, keyLength);
        putPadded(page, (int) (offset + HEADER_BYTES + align(keyLength)), value, valueLength);
        BufferAccess.setLongRelease(page, offset,
                LogAddress.toUnits(previousAddress) | (mixed ? MIXED : 0) | (tombstone ? TOMBSTONE : 0));
    }

    private static void putPadded(ByteBuffer page, int offset, byte[] source, int length) {
        int aligned = (int) align(length);
        if (aligned != length) {
            BufferAccess.setLong(page, offset + aligned - Long.BYTES, 0);
        }
        page.put(offset, source, 0, length);
    }

    /** Gives up a record that was never linked. */
    public static void kill(ByteBuffer page, int offset) {
        BufferAccess.setLongRelease(page, offset, BufferAccess.getLong(page, offset) | DEAD);
    }

    // Fields that never change once the record is linked.

    /**
     * Where to look for other keys of the chain: the address of the previous record, or 0
     * if all older records have the same key or there are none. No change of the info
     * word touches it.
     */
    public static long next(long info) {
        return isMixed(info) ? LogAddress.fromUnits(info & PREVIOUS_MASK) : LogAddress.NONE;
    }

    /** The size in bytes. */
    public static int size(ByteBuffer page, int offset) {
        return BufferAccess.getInt(page, offset + SIZE) * ALIGNMENT_BYTES;
    }

    public static int stateId(ByteBuffer page, int offset) {
        return BufferAccess.getInt(page, offset + STATE_ID);
    }

    public static int keyLength(ByteBuffer page, int offset) {
        return BufferAccess.getInt(page, offset + KEY_LENGTH);
    }

    /** Whether the record is of this key. */
    public static boolean hasKey(ByteBuffer page, int offset, byte[] key, int keyLength) {
        return keyLength(page, offset) == keyLength && BufferAccess.equal(page, offset + HEADER_BYTES, key, keyLength);
    }

    /** Copies the key to the beginning of an array that is long enough. */
    public static void copyKey(ByteBuffer page, int offset, byte[] target) {
        page.get(offset + HEADER_BYTES, target, 0, keyLength(page, offset));
    }

    /** The longest value that fits the record. */
    public static int capacity(ByteBuffer page, int offset) {
        return size(page, offset) - (valueOffset(page, offset) - offset);
    }

    public static int valueOffset(ByteBuffer page, int offset) {
        return (int) (offset + HEADER_BYTES + align(keyLength(page, offset)));
    }

    // Reading what may change meanwhile: begin, read, then ask whether it still stands.

    /**
     * The info word of a record in a log page, to be given to {@link #stands} after
     * reading.
     */
    public static long info(ByteBuffer page, int offset) {
        return BufferAccess.getLongAcquire(page, offset);
    }

    /** The counter of changes; of an unchanging record its checksum. */
    public static int changes(ByteBuffer page, int offset) {
        return BufferAccess.getIntAcquire(page, offset + CHECKSUM);
    }

    /**
     * Whether what was read between {@link #info} and this call was read of one version.
     */
    public static boolean stands(ByteBuffer page, int offset, long info, int changes) {
        VarHandle.loadLoadFence();
        return (info & LATCHED) == 0 && BufferAccess.getLongAcquire(page, offset) == info
                && BufferAccess.getInt(page, offset + CHECKSUM) == changes;
    }

    /** The info word of a record in a heap buffer, read from a device. */
    public static long storedInfo(ByteBuffer buffer, int offset) {
        return BufferAccess.getLong(buffer, offset);
    }

    public static boolean isTombstone(long info) {
        return (info & TOMBSTONE) != 0;
    }

    /** Whether older records of the chain may have other keys. */
    public static boolean isMixed(long info) {
        return (info & MIXED) != 0;
    }

    public static boolean isDead(long info) {
        return (info & DEAD) != 0;
    }

    public static int valueLength(ByteBuffer page, int offset) {
        return BufferAccess.getInt(page, offset + VALUE_LENGTH);
    }

    // Changing in place, at or above readOnly only.

    /**
     * Takes the latch.
     * @return false if another thread has it or the record is sealed: leave the epoch and
     * try again
     */
    public static boolean tryLatch(ByteBuffer page, int offset) {
        long info = BufferAccess.getLongAcquire(page, offset);
        return (info & (LATCHED | SEALED)) == 0 && BufferAccess.compareAndSetLong(page, offset, info, info | LATCHED);
    }

    /** Gives the latch back after a change. */
    public static void unlatchChanged(ByteBuffer page, int offset, boolean tombstone) {
        BufferAccess.setIntRelease(page, offset + CHECKSUM, BufferAccess.getInt(page, offset + CHECKSUM) + 1);
        long info = BufferAccess.getLong(page, offset) & ~(LATCHED | TOMBSTONE);
        BufferAccess.setLongRelease(page, offset, info | (tombstone ? TOMBSTONE : 0));
    }

    /** Gives the latch back without a change. */
    public static void unlatch(ByteBuffer page, int offset) {
        BufferAccess.setLongRelease(page, offset, BufferAccess.getLong(page, offset) & ~LATCHED);
    }

    /**
     * Gives the latch back and allows no further change: a newer record takes its place.
     */
    public static void unlatchSealed(ByteBuffer page, int offset) {
        BufferAccess.setLongRelease(page, offset, (BufferAccess.getLong(page, offset) & ~LATCHED) | SEALED);
    }

    /** Sets another value under the latch; it fits the capacity. */
    public static void setValue(ByteBuffer page, int offset, byte[] value, int length) {
        VarHandle.storeStoreFence();
        page.put(valueOffset(page, offset), value, 0, length);
        BufferAccess.setInt(page, offset + VALUE_LENGTH, length);
    }

    /** Sets a value of eight bytes under the latch. */
    public static void setValue(ByteBuffer page, int offset, long value) {
        VarHandle.storeStoreFence();
        BufferAccess.setLong(page, valueOffset(page, offset), value);
        BufferAccess.setInt(page, offset + VALUE_LENGTH, Long.BYTES);
    }

    /** A value of eight bytes. */
    public static long longValue(ByteBuffer page, int offset) {
        return BufferAccess.getLong(page, valueOffset(page, offset));
    }

    // Unchanging: on its way to the device and back.

    /** Fills the rest of a page or block. */
    static void writePadding(ByteBuffer page, int offset, int length) {
        BufferAccess.setLong(page, offset, PADDING | ((long) (length / ALIGNMENT_BYTES) << 32));
    }

    static boolean isPadding(long word) {
        return (word & PADDING) != 0;
    }

    static int paddingLength(long word) {
        return (int) Math.min(Integer.MAX_VALUE & -ALIGNMENT_BYTES, ((word & ~PADDING) >>> 32) * ALIGNMENT_BYTES);
    }

    /** The checksum that a padding word must have. */
    static int paddingChecksum(long word, int context) {
        return (int) (mix(word >>> 32) >>> 32) ^ context;
    }

    /**
     * Sets the checksum of the record or padding at an offset.
     * @param page a duplicate that nobody else uses: its position and limit move
     * @param limit where in the page the last record ends
     * @return its size in bytes
     */
    static int stamp(ByteBuffer page, int offset, int limit, int context, CRC32C crc) {
        long word = BufferAccess.getLongAcquire(page, offset);
        boolean padding = isPadding(word);
        long size = padding ? paddingLength(word) : claimedSize(page, offset);
        if (size < (padding ? ALIGNMENT_BYTES : HEADER_BYTES) || size > limit - offset
                || (!padding && (word & INVALID) != 0)) {
            throw new StateFailedException(
                    "a record in memory is half written (info " + Long.toHexString(word) + ", size " + size
                            + "); close the state manager and open it again, which recovers the last " + "checkpoint");
        }
        if (padding) {
            BufferAccess.setLong(page, offset,
                    (word & 0xFFFFFFFF_00000000L) | Integer.toUnsignedLong(paddingChecksum(word, context)));
            return (int) size;
        }
        BufferAccess.setInt(page, offset + CHECKSUM, 0);
        BufferAccess.setInt(page, offset + CHECKSUM, checksum(page, offset, (int) size, context, crc));
        return (int) size;
    }

    private static int checksum(ByteBuffer buffer, int offset, int size, int context, CRC32C crc) {
        crc.reset();
        int limit = buffer.limit();
        crc.update(buffer.limit(offset + size).position(offset));
        buffer.limit(limit);
        return (int) crc.getValue() ^ context;
    }

    /**
     * What the checksum of a record in this place is combined with.
     * @param seed the {@linkplain #contextSeed seed} of its segment
     */
    static int context(long seed, long address) {
        return (int) (mix(seed + address) >>> 32);
    }

    /** The part of the context that all records of a run share. */
    static long contextSeed(UUID storeId, long run) {
        return mix(mix(storeId.getMostSignificantBits()) ^ storeId.getLeastSignificantBits()) ^ mix(run);
    }

    /**
     * The finalizer of MurmurHash3 (Appleby), over a golden-ratio step so that 0 does not
     * stay 0.
     */
    private static long mix(long value) {
        long mixed = value + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 33)) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return mixed ^ (mixed >>> 33);
    }

    /**
     * The size that bytes from a device claim for their record, to be checked before it
     * is believed.
     */
    static long claimedSize(ByteBuffer buffer, int offset) {
        return Integer.toUnsignedLong(BufferAccess.getInt(buffer, offset + SIZE)) * ALIGNMENT_BYTES;
    }

    /**
     * Checks a record that was read from a device.
     * @param buffer a private copy, changed back before this returns; its position and
     * limit move
     * @param available the bytes from the offset that belong to the record's page or
     * segment
     * @return what is wrong, or null if the record is what was written there
     */
    static @Nullable String problem(ByteBuffer buffer, int offset, long available, int context, CRC32C crc) {
        long info = BufferAccess.getLong(buffer, offset);
        int stored = BufferAccess.getInt(buffer, offset + CHECKSUM);
        long size = claimedSize(buffer, offset);
        if (size < HEADER_BYTES || size > available) {
            return "a record of " + size + " bytes where at most " + available + " are left";
        }
        BufferAccess.setInt(buffer, offset + CHECKSUM, 0);
        int computed = checksum(buffer, offset, (int) size, context, crc);
        BufferAccess.setInt(buffer, offset + CHECKSUM, stored);
        if (computed != stored) {
            return "checksum " + hex(computed) + " where " + hex(stored) + " is stored";
        }
        long keyLength = BufferAccess.getInt(buffer, offset + KEY_LENGTH);
        long valueLength = BufferAccess.getInt(buffer, offset + VALUE_LENGTH);
        if ((info & INVALID) != 0 || keyLength < 0 || valueLength < 0
                || HEADER_BYTES + align(keyLength) + align(valueLength) > size) {
            return "a record header that no version writes: " + Long.toHexString(info) + ", key of " + keyLength
                    + ", value of " + valueLength + " bytes";
        }
        return null;
    }

    static String hex(int checksum) {
        return String.format("%08x", checksum);
    }

}
