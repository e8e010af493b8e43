package io.flowstate.internal.hybridlog;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32C;

import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.IncompatibleFormatException;
import io.flowstate.storage.LogSegment;

/**
 * The first block of every segment, format version 1; little-endian.
 *
 * <pre>
 *      0   8  magic "FLOWSEGM"
 *      8   4  format version
 *     12   4  zero
 *     16  16  store id, most significant long first
 *     32   8  run
 *     40   4  number
 *     44   4  zero
 *     48   8  start address
 *     56  16  log, US-ASCII, padded with zeros
 *     72   .  zeros
 *   4092   4  CRC32C of the 4092 bytes before
 * </pre>
 *
 * After it, from byte 4096 on, lie the bytes of the log from the start address on.
 */
final class SegmentHeader {

    /** The length of the header: one block. */
    static final int BYTES = LogAddress.BLOCK_BYTES;

    private static final int FORMAT_VERSION = 1;

    private static final long MAGIC = 0x4D474553574F4C46L; // "FLOWSEGM" read as
                                                           // little-endian

    private static final int CHECKSUM = BYTES - Integer.BYTES;

    private SegmentHeader() {
    }

    static ByteBuffer encode(UUID storeId, LogSegment segment) {
        ByteBuffer header = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC).putInt(FORMAT_VERSION).putInt(0);
        header.putLong(storeId.getMostSignificantBits()).putLong(storeId.getLeastSignificantBits());
        header.putLong(segment.run()).putInt(segment.number()).putInt(0).putLong(segment.startAddress());
        header.put(segment.log().getBytes(StandardCharsets.US_ASCII));
        header.putInt(CHECKSUM, checksum(header));
        return header.clear();
    }

    private static int checksum(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.slice(0, CHECKSUM));
        return (int) crc.getValue();
    }

    /**
     * Checks that a segment is the one it should be.
     * @param header the first {@value #BYTES} bytes of it, in a heap buffer
     * @param resource the segment, for messages
     */
    static void check(ByteBuffer header, UUID storeId, LogSegment segment, String resource) {
        header.order(ByteOrder.LITTLE_ENDIAN);
        if (header.getLong(0) != MAGIC) {
            throw new CorruptStateException(resource, 0, "a segment header", "other bytes");
        }
        int computed = checksum(header);
        int stored = header.getInt(CHECKSUM);
        if (computed != stored) {
            throw new CorruptStateException(resource, 0, "a segment header with checksum " + LogRecord.hex(stored),
                    "checksum " + LogRecord.hex(computed));
        }
        int version = header.getInt(8);
        if (version != FORMAT_VERSION) {
            throw new IncompatibleFormatException(resource, version, FORMAT_VERSION);
        }
        if (!header.equals(encode(storeId, segment))) {
            throw new CorruptStateException(resource, 0,
                    "the header of segment " + segment.name() + " of store " + storeId, "that of another segment");
        }
    }

}
