package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;

/**
 * A block of an {@linkplain IndexSnapshot index snapshot}, format version 1;
 * little-endian. A snapshot is a sequence of blocks in the log of the indexes.
 *
 * <pre>
 *    0   4  CRC32C over the whole block with this field zero, combined with store, run and address as in records
 *    4   4  length of the block: a multiple of 4096, at most 65536
 *    8   4  bytes in use
 *   12   4  1 in the last block of the snapshot, else 0
 *   16   .  sections:
 *             4 id of the state, 4 number of entries, and for each, in the order of hashes:
 *               8  bits 0..47 address of the newest record, in units of eight bytes; bits 48..63 bits 16..31 of the hash
 *               4  bits 32..63 of the hash
 *    .   .  zeros
 * </pre>
 */
final class SnapshotBlock {

    static final int MAX_BYTES = 64 << 10;

    private static final int LENGTH = 4;

    private static final int USED = 8;

    private static final int LAST = 12;

    private static final int HEADER_BYTES = 16;

    private static final int SECTION_BYTES = 8;

    private static final int ENTRY_BYTES = 12;

    private static final long LOW_HASH_MASK = 0xFFFF_0000L;

    private static final long UNITS_MASK = (1L << 48) - 1;

    private final CRC32C crc = new CRC32C();

    private final ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private int used = HEADER_BYTES;

    private int section; // where the present section begins, 0 if there is none

    // Writing

    boolean hasRoom() {
        return this.used + SECTION_BYTES + ENTRY_BYTES <= MAX_BYTES;
    }

    /** Adds an entry; there is room. */
    void add(int stateId, long address, long hash) {
        if (this.section == 0 || this.buffer.getInt(this.section) != stateId) {
            this.section = this.used;
            this.buffer.putInt(this.section, stateId).putInt(this.section + 4, 0);
            this.used += SECTION_BYTES;
        }
        this.buffer.putLong(this.used, LogAddress.toUnits(address) | ((hash & LOW_HASH_MASK) << 32));
        this.buffer.putInt(this.used + Long.BYTES, (int) (hash >>> 32));
        this.used += ENTRY_BYTES;
        this.buffer.putInt(this.section + 4, this.buffer.getInt(this.section + 4) + 1);
    }

    /** Writes the block at the end of a log and empties it. */
    void write(LogSegments segments, boolean last) {
        int length = (int) LogAddress.alignToBlock(this.used);
        long address = segments.writtenUntil();
        this.buffer.putInt(0, 0).putInt(LENGTH, length).putInt(USED, this.used).putInt(LAST, last ? 1 : 0);
        this.buffer.putInt(0, checksum(length, segments.context(address)));
        segments.write(address, this.buffer.clear().limit(length));
        clear();
    }

    /** Forgets what was added. */
    void clear() {
        Arrays.fill(this.buffer.array(), (byte) 0);
        this.buffer.clear();
        this.used = HEADER_BYTES;
        this.section = 0;
    }

    private int checksum(int length, int context) {
        this.crc.reset();
        this.crc.update(this.buffer.array(), 0, length);
        return (int) this.crc.getValue() ^ context;
    }

    // Reading

    /**
     * Reads and verifies a block.
     * @param range the segment it lies in
     * @param address where it begins
     * @return its length in bytes
     * @throws io.flowstate.storage.CorruptStateException if it is not what was written
     */
    int read(LogSegments segments, SegmentRange range, long address) {
        long available = Math.min(MAX_BYTES, range.endAddress() - address);
        segments.read(range, address, this.buffer.clear().limit((int) available));
        this.buffer.clear();
        int stored = this.buffer.getInt(0);
        int length = this.buffer.getInt(LENGTH);
        if (length < LogAddress.BLOCK_BYTES || length > available || length % LogAddress.BLOCK_BYTES != 0) {
            throw segments.corrupt(range, address, "a block of an index snapshot", "a length of " + length);
        }
        this.buffer.putInt(0, 0);
        int computed = checksum(length, segments.context(range, address));
        if (stored != computed) {
            throw segments.corrupt(range, address,
                    "a block of an index snapshot with checksum " + Integer.toHexString(stored),
                    "checksum " + Integer.toHexString(computed));
        }
        this.used = this.buffer.getInt(USED);
        if (this.used < HEADER_BYTES || this.used > length) {
            throw segments.corrupt(range, address, "a block of an index snapshot", this.used + " bytes in use");
        }
        return length;
    }

    boolean isLast() {
        return this.buffer.getInt(LAST) != 0;
    }

    /**
     * Hands on the entries of the block that was read.
     * @return false if its sections do not fit together
     */
    boolean visit(Visitor visitor) {
        int at = HEADER_BYTES;
        while (at + SECTION_BYTES <= this.used) {
            int stateId = this.buffer.getInt(at);
            long count = this.buffer.getInt(at + 4);
            at += SECTION_BYTES;
            if (count < 0 || count * ENTRY_BYTES > this.used - at) {
                return false;
            }
            for (int i = 0; i < count; i++, at += ENTRY_BYTES) {
                long word = this.buffer.getLong(at);
                long hash = ((long) this.buffer.getInt(at + Long.BYTES) << 32) | ((word & ~UNITS_MASK) >>> 32);
                visitor.entry(stateId, LogAddress.fromUnits(word & UNITS_MASK), hash);
            }
        }
        return at == this.used;
    }

    /** Meets entries. */
    @FunctionalInterface
    interface Visitor {

        /**
         * An entry.
         * @param stateId the id of its state
         * @param address the newest record of its chain
         * @param hash the upper 48 bits of the hash
         */
        void entry(int stateId, long address, long hash);

    }

}
