package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The bytes of one segment in memory, in chunks that are filled one after the other. One
 * thread at a time appends; any thread reads what was appended before, never waiting.
 */
final class MemorySegmentBytes {

    private static final int CHUNK_SIZE = 64 << 10;

    private byte[][] chunks = new byte[4][]; // read after length, written before it

    private volatile long length;

    void append(ByteBuffer bytes) {
        long end = this.length;
        while (bytes.hasRemaining()) {
            byte[] chunk = chunkFor(end);
            int offset = (int) (end % CHUNK_SIZE);
            int count = Math.min(bytes.remaining(), CHUNK_SIZE - offset);
            bytes.get(chunk, offset, count);
            end += count;
        }
        this.length = end;
    }

    private byte[] chunkFor(long position) {
        int number = Math.toIntExact(position / CHUNK_SIZE);
        if (number == this.chunks.length) {
            this.chunks = Arrays.copyOf(this.chunks, 2 * number);
        }
        if (this.chunks[number] == null) {
            this.chunks[number] = new byte[CHUNK_SIZE];
        }
        return this.chunks[number];
    }

    /** Reads as much as the buffer takes or there is, and tells how much that was. */
    int read(long position, ByteBuffer target) {
        long end = Math.min(this.length, position + target.remaining());
        byte[][] present = this.chunks;
        long next = position;
        while (next < end) {
            int offset = (int) (next % CHUNK_SIZE);
            int count = (int) Math.min(end - next, CHUNK_SIZE - offset);
            target.put(present[(int) (next / CHUNK_SIZE)], offset, count);
            next += count;
        }
        return (int) (next - position);
    }

    long length() {
        return this.length;
    }

}
