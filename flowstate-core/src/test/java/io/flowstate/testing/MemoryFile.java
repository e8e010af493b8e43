package io.flowstate.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The bytes of a file in memory; grows as it is written, with zeros in between. Any
 * thread may call any method.
 */
final class MemoryFile {

    private byte[] bytes; // guarded by this

    private int length; // guarded by this

    MemoryFile(byte[] content) {
        this.bytes = content.clone();
        this.length = content.length;
    }

    synchronized int read(long position, ByteBuffer target) throws IOException {
        checkPosition(position);
        int count = (int) Math.max(0, Math.min(target.remaining(), this.length - position));
        if (count > 0) {
            target.put(this.bytes, (int) position, count);
        }
        return count;
    }

    synchronized void write(long position, ByteBuffer source) throws IOException {
        checkPosition(position);
        long end = position + source.remaining();
        if (end > Integer.MAX_VALUE - 16) {
            throw new IOException("No space left on device: a file in memory ends at 2 GiB");
        }
        ensureCapacity((int) end);
        source.get(this.bytes, (int) position, source.remaining());
        this.length = Math.max(this.length, (int) end);
    }

    private static void checkPosition(long position) throws IOException {
        if (position < 0) {
            throw new IOException("Invalid argument: position " + position);
        }
    }

    private void ensureCapacity(int capacity) {
        if (capacity > this.bytes.length) {
            long doubled = Math.min(2L * this.bytes.length, Integer.MAX_VALUE - 16);
            this.bytes = Arrays.copyOf(this.bytes, (int) Math.max(doubled, capacity));
        }
    }

    synchronized void set(byte[] content) {
        this.bytes = content.clone();
        this.length = content.length;
    }

    synchronized long size() {
        return this.length;
    }

    synchronized byte[] toBytes() {
        return Arrays.copyOf(this.bytes, this.length);
    }

}
