package io.flowstate.internal.pagestore;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.pagetable.ImageAddress;

/**
 * Gathers images and table blocks and writes them at the end of the page log in large
 * pieces. None crosses the end of a segment. The checkpoint thread only.
 */
final class PageLogWriter {

    /** As much is written at once. */
    private static final int BUFFER_BYTES = 1 << 20;

    private static final byte[] ZEROS = new byte[LogAddress.BLOCK_BYTES];

    private final LogSegments segments;

    private final long segmentSizeBytes;

    private ByteBuffer buffer = ByteBuffer.allocateDirect(0); // until the first write

    private long bufferAddress; // where the buffer's first byte belongs

    PageLogWriter(LogSegments segments, long segmentSizeBytes) {
        this.segments = segments;
        this.segmentSizeBytes = segmentSizeBytes;
    }

    /** Begins at the end of what is on the device. */
    void begin() {
        if (this.buffer.capacity() == 0) {
            this.buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }
        this.buffer.clear();
        this.bufferAddress = this.segments.writtenUntil();
    }

    /**
     * Appends an image or a block.
     * @param bytes all that remains; the first four are its checksum, which is combined
     * with the place here
     * @return the word of the place
     */
    long append(ByteBuffer bytes) {
        int length = bytes.remaining();
        int padded = ImageAddress.padded(length);
        long address = this.bufferAddress + this.buffer.position();
        long boundary = (address / this.segmentSizeBytes + 1) * this.segmentSizeBytes;
        if (address + padded > boundary) {
            zero((int) LogAddress.alignToBlock(this.buffer.position()) - this.buffer.position());
            writeBlocks();
            skipTo(boundary);
            address = boundary;
        }
        else if (address % this.segmentSizeBytes == 0) {
            writeBlocks(); // what ends with its segment is not written into the next
        }
        int checksum = bytes.order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.position());
        bytes.putInt(bytes.position(), checksum ^ this.segments.context(address));
        int limit = bytes.limit();
        while (bytes.hasRemaining()) {
            if (!this.buffer.hasRemaining()) {
                writeBlocks();
            }
            bytes.limit(Math.min(limit, bytes.position() + this.buffer.remaining()));
            this.buffer.put(bytes);
            bytes.limit(limit);
        }
        zero(padded - length);
        return ImageAddress.of(address, length);
    }

    /** Fills up to the end of the segment, so that the log stays without gaps. */
    private void skipTo(long boundary) {
        while (this.bufferAddress < boundary) {
            zero((int) Math.min(boundary - this.bufferAddress, BUFFER_BYTES));
            writeBlocks();
        }
    }

    private void zero(int count) {
        for (int left = count; left > 0;) {
            if (!this.buffer.hasRemaining()) {
                writeBlocks();
            }
            int piece = Math.min(Math.min(left, ZEROS.length), this.buffer.remaining());
            this.buffer.put(ZEROS, 0, piece);
            left -= piece;
        }
    }

    /** Writes the whole blocks in the buffer, and keeps the rest. */
    private void writeBlocks() {
        int whole = this.buffer.position() & -LogAddress.BLOCK_BYTES;
        if (whole > 0) {
            int end = this.buffer.position();
            this.segments.write(this.bufferAddress, this.buffer.duplicate().position(0).limit(whole));
            this.bufferAddress += whole;
            this.buffer.position(whole).limit(end);
            this.buffer.compact();
        }
    }

    /** Writes what is left, and makes all of it durable. */
    void sync() {
        zero((int) LogAddress.alignToBlock(this.buffer.position()) - this.buffer.position());
        writeBlocks();
        this.segments.sync();
    }

}
