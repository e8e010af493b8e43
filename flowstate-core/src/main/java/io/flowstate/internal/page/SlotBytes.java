package io.flowstate.internal.page;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

import io.flowstate.storage.CorruptStateException;

/**
 * The bytes of one slot of the modified-page file on their way from or to the disk. Used
 * by one thread at a time, then for another slot.
 *
 * <pre>
 *      0   4  CRC32C of all bytes after it
 *      4   4  length of the page
 *      8   8  sequence
 *     16   .  the page
 *      .   .  zeros up to the next 4 KiB
 * </pre>
 *
 * Little-endian. The sequence is never used twice in a run, so what an older page has
 * left in a slot is never taken for a newer one. There is no version: no other run reads
 * it. The zeros are written too, since a block of which only a part is written has to be
 * read first.
 */
final class SlotBytes {

    static final int BLOCK_BYTES = 4096;

    private static final int LENGTH = 4;

    private static final int SEQUENCE = 8;

    private static final int PAGE = 16;

    private final CRC32C crc = new CRC32C();

    private byte[] array = {};

    /** A view of the array. */
    private ByteBuffer bytes = ByteBuffer.wrap(this.array);

    /** How many blocks a slot for a page of that length has. */
    static int blocks(int length) {
        return (PAGE + length + BLOCK_BYTES - 1) / BLOCK_BYTES;
    }

    /** What this takes in memory. */
    int capacity() {
        return this.array.length;
    }

    /**
     * Gives room for all the bytes of a slot.
     * @return a buffer that is valid until the next call
     */
    ByteBuffer room(PageSlot slot) {
        int length = blocks(slot.length()) * BLOCK_BYTES;
        if (this.array.length < length) {
            this.array = new byte[length];
            this.bytes = ByteBuffer.wrap(this.array).order(ByteOrder.LITTLE_ENDIAN);
        }
        return this.bytes.clear().limit(length);
    }

    /**
     * Makes the bytes of a slot.
     * @param page what remains in it is the page; its position stays
     * @return a buffer that is valid until the next call
     */
    ByteBuffer encode(PageSlot slot, ByteBuffer page) {
        ByteBuffer room = room(slot);
        room.putInt(LENGTH, slot.length()).putLong(SEQUENCE, slot.sequence());
        room.position(PAGE).put(page.duplicate());
        Arrays.fill(this.array, room.position(), room.limit(), (byte) 0);
        room.putInt(0, checksum(room.limit()));
        return room.rewind();
    }

    /**
     * Makes sure that {@link #room} was filled with the bytes of that slot, and copies
     * the page out of them.
     * @param resource the file, for messages
     * @param target as long as the page; filled to its limit
     */
    void decode(PageSlot slot, String resource, ByteBuffer target) {
        ByteBuffer room = room(slot);
        int stored = room.getInt(0);
        int computed = checksum(room.limit());
        if (stored != computed) {
            throw new CorruptStateException(resource, slot.offset(),
                    describe(slot.sequence(), slot.length()) + " with checksum " + hex(stored),
                    "checksum " + hex(computed));
        }
        if (room.getInt(LENGTH) != slot.length() || room.getLong(SEQUENCE) != slot.sequence()) {
            throw new CorruptStateException(resource, slot.offset(), describe(slot.sequence(), slot.length()),
                    describe(room.getLong(SEQUENCE), room.getInt(LENGTH)));
        }
        target.put(room.slice(PAGE, slot.length()));
    }

    private int checksum(int limit) {
        this.crc.reset();
        this.crc.update(this.array, LENGTH, limit - LENGTH);
        return (int) this.crc.getValue();
    }

    private static String describe(long sequence, int length) {
        return "page " + sequence + " of this run (" + length + " bytes)";
    }

    private static String hex(int checksum) {
        return String.format("%08x", checksum);
    }

}
