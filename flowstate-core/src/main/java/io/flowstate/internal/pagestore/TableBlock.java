package io.flowstate.internal.pagestore;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.pagetable.ImageAddress;

/**
 * A block of changes to the page tables, format version 1; little-endian. A checkpoint
 * that has changed pages writes at least one. They form a chain, each naming the one
 * before; it ends at the first block of a snapshot, which has the tables as a whole.
 *
 * <pre>
 *    0   4  CRC32C over the block from 4 on, combined with store, run and address as in records
 *    4   4  magic "TBL1"
 *    8   4  length of the block, at most 65536
 *   12   4  0
 *   16   8  where the block before lies ({@link ImageAddress}), 0 in the first of a snapshot
 *   24   .  sections:
 *             4 id of the state, 4 number of pages, and for each:
 *               4  page number
 *               8  where its image lies ({@link ImageAddress}), 0 if the page is free
 * </pre>
 */
final class TableBlock {

    static final int MAX_BYTES = 64 << 10;

    private static final int MAGIC = 0x314C4254; // "TBL1" read as little-endian

    private static final int MAGIC_AT = 4;

    private static final int LENGTH_AT = 8;

    private static final int BEFORE_AT = 16;

    private static final int HEADER_BYTES = 24;

    private static final int SECTION_BYTES = 8;

    private static final int PAGE_BYTES = 12;

    private final CRC32C crc = new CRC32C();

    private final ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private int used = HEADER_BYTES;

    private int section; // where the present section begins, 0 if there is none

    // Writing

    boolean isEmpty() {
        return this.used == HEADER_BYTES;
    }

    boolean hasRoom() {
        return this.used + SECTION_BYTES + PAGE_BYTES <= MAX_BYTES;
    }

    /** Adds a page; there is room. */
    void add(int stateId, int page, long word) {
        if (this.section == 0 || this.buffer.getInt(this.section) != stateId) {
            this.section = this.used;
            this.buffer.putInt(this.section, stateId).putInt(this.section + 4, 0);
            this.used += SECTION_BYTES;
        }
        this.buffer.putInt(this.used, page).putLong(this.used + Integer.BYTES, word);
        this.used += PAGE_BYTES;
        this.buffer.putInt(this.section + 4, this.buffer.getInt(this.section + 4) + 1);
    }

    /**
     * Ends the block.
     * @param before where the block before lies
     * @return its bytes, the checksum not yet combined with its place
     */
    ByteBuffer finish(long before) {
        this.buffer.clear();
        this.buffer.putInt(MAGIC_AT, MAGIC).putInt(LENGTH_AT, this.used).putInt(12, 0).putLong(BEFORE_AT, before);
        this.buffer.putInt(0, checksum(this.used));
        return this.buffer.limit(this.used);
    }

    /** Forgets what was added. */
    void clear() {
        this.buffer.clear();
        this.used = HEADER_BYTES;
        this.section = 0;
    }

    private int checksum(int length) {
        this.crc.reset();
        this.crc.update(this.buffer.array(), Integer.BYTES, length - Integer.BYTES);
        return (int) this.crc.getValue();
    }

    // Reading

    /**
     * Reads and verifies a block.
     * @param word where it lies
     * @return where the block before lies
     * @throws io.flowstate.storage.CorruptStateException if it is not what was written
     */
    long read(LogSegments segments, SegmentRange range, long word) {
        long address = ImageAddress.address(word);
        int available = ImageAddress.length(word);
        if (available > MAX_BYTES || available < HEADER_BYTES || available > range.endAddress() - address) {
            throw segments.corrupt(range, address, "a block of a page table", "a length of " + available);
        }
        ByteBuffer target = this.buffer.clear().limit(available);
        segments.read(range, address, target);
        this.buffer.clear();
        int length = this.buffer.getInt(LENGTH_AT);
        if (this.buffer.getInt(MAGIC_AT) != MAGIC || length < HEADER_BYTES || length > available) {
            throw segments.corrupt(range, address, "a block of a page table", "other bytes");
        }
        int stored = this.buffer.getInt(0);
        int computed = checksum(length) ^ segments.context(range, address);
        if (stored != computed) {
            throw segments.corrupt(range, address,
                    "a block of a page table with checksum " + Integer.toHexString(stored),
                    "checksum " + Integer.toHexString(computed));
        }
        this.used = length;
        return this.buffer.getLong(BEFORE_AT);
    }

    /**
     * Hands on the pages of the block that was read.
     * @return false if its sections do not fit together, or a page does not fit
     */
    boolean visit(Visitor visitor) {
        int at = HEADER_BYTES;
        while (at + SECTION_BYTES <= this.used) {
            int stateId = this.buffer.getInt(at);
            long count = this.buffer.getInt(at + 4);
            at += SECTION_BYTES;
            if (count < 0 || count * PAGE_BYTES > this.used - at) {
                return false;
            }
            for (int i = 0; i < count; i++, at += PAGE_BYTES) {
                int page = this.buffer.getInt(at);
                if (page < 1 || !visitor.page(stateId, page, this.buffer.getLong(at + Integer.BYTES))) {
                    return false;
                }
            }
        }
        return at == this.used;
    }

    /** Meets pages. */
    @FunctionalInterface
    interface Visitor {

        /**
         * A page.
         * @param stateId the id of its state
         * @param page its number
         * @param word where its image lies, 0 if it is free
         * @return false if there cannot be such a page
         */
        boolean page(int stateId, int page, long word);

    }

}
