package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

import io.flowstate.storage.CorruptStateException;

/**
 * The bytes of an object of the log: blocks of {@value #DATA_BYTES} bytes, the last one
 * shorter, each behind its checksum, so that a range of blocks can be fetched, verified
 * and kept by itself. Format version {@value #FORMAT_VERSION}:
 *
 * <pre>
 *   block:  0      4  CRC32C, big-endian, over the segment's name, the object's token and
 *                     start, the block's number and the data
 *           4  32768  data
 * </pre>
 *
 * What an object is of stands in its {@link ObjectName name}; the log in it carries
 * checksums of its own.
 */
final class ObjectBlocks {

    static final int FORMAT_VERSION = 1;

    static final int DATA_BYTES = 32 << 10;

    static final int BLOCK_BYTES = Integer.BYTES + DATA_BYTES;

    private final ObjectName object;

    private final byte[] segment;

    private ObjectBlocks(ObjectName object) {
        this.object = object;
        this.segment = object.segment().name().getBytes(StandardCharsets.US_ASCII);
    }

    /** The size of the blob for so many bytes of a segment. */
    static long size(long length) {
        return length + Integer.BYTES * ((length + DATA_BYTES - 1) / DATA_BYTES);
    }

    /**
     * Sets the checksums of the blocks of a whole object.
     * @param object its name
     * @param blocks each with room for its checksum, from 0 to its limit
     * @return the same
     */
    static List<ByteBuffer> stamp(ObjectName object, List<ByteBuffer> blocks) {
        ObjectBlocks stamped = new ObjectBlocks(object);
        for (int i = 0; i < blocks.size(); i++) {
            ByteBuffer block = blocks.get(i);
            block.putInt(0, stamped.checksum(i, block.slice(Integer.BYTES, block.limit() - Integer.BYTES)));
        }
        return List.copyOf(blocks);
    }

    /**
     * Verifies blocks and takes the data out of them.
     * @param object the object
     * @param first the number of the first block
     * @param bytes the blocks, whole
     * @param resource the segment, for messages
     * @return the data
     * @throws CorruptStateException if one is damaged
     */
    static byte[] open(ObjectName object, int first, byte[] bytes, String resource) {
        ObjectBlocks expected = new ObjectBlocks(object);
        int count = (bytes.length + BLOCK_BYTES - 1) / BLOCK_BYTES;
        byte[] data = new byte[Math.max(0, bytes.length - count * Integer.BYTES)];
        ByteBuffer all = ByteBuffer.wrap(bytes);
        for (int i = 0; i < count; i++) {
            int at = i * BLOCK_BYTES;
            int length = Math.min(BLOCK_BYTES, bytes.length - at) - Integer.BYTES;
            int computed = (length > 0) ? expected.checksum(first + i, all.slice(at + Integer.BYTES, length)) : 0;
            int found = (length > 0) ? all.getInt(at) : -1;
            if (found != computed) {
                throw new CorruptStateException(resource, object.start() + (long) (first + i) * DATA_BYTES,
                        "a block with checksum " + Integer.toHexString(computed), Integer.toHexString(found));
            }
            all.get(at + Integer.BYTES, data, i * DATA_BYTES, length);
        }
        return data;
    }

    private int checksum(int block, ByteBuffer data) {
        CRC32C crc = new CRC32C();
        crc.update(this.segment);
        crc.update(ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES)
            .putLong(this.object.token())
            .putLong(this.object.start())
            .putInt(block)
            .flip());
        crc.update(data);
        return (int) crc.getValue();
    }

    /** Gathers the bytes of an object in blocks. One thread at a time. */
    static final class Gathering {

        private final List<ByteBuffer> blocks = new ArrayList<>();

        private final int most;

        private int length;

        Gathering(int most) {
            this.most = most;
        }

        /** Takes as many bytes as there is room for. */
        void add(ByteBuffer bytes) {
            while (bytes.hasRemaining() && !isFull()) {
                if (this.length % DATA_BYTES == 0) {
                    this.blocks.add(ByteBuffer.allocate(BLOCK_BYTES).position(Integer.BYTES));
                }
                ByteBuffer block = this.blocks.get(this.blocks.size() - 1);
                int count = Math.min(Math.min(block.remaining(), bytes.remaining()), this.most - this.length);
                block.put(bytes.slice(bytes.position(), count));
                bytes.position(bytes.position() + count);
                this.length += count;
            }
        }

        boolean isFull() {
            return this.length == this.most;
        }

        int length() {
            return this.length;
        }

        /** Its blocks, ready to be read; nothing can be added any more. */
        List<ByteBuffer> finish() {
            this.blocks.forEach(ByteBuffer::flip);
            return this.blocks;
        }

    }

}
