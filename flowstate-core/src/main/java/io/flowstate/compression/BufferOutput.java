package io.flowstate.compression;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Writes into what remains of a buffer, and only notes that there was more: an exception
 * would pass through foreign code.
 */
final class BufferOutput extends OutputStream {

    private final ByteBuffer target;

    private boolean overflown;

    BufferOutput(ByteBuffer target) {
        this.target = target;
    }

    @Override
    public void write(int b) {
        if (this.overflown || !this.target.hasRemaining()) {
            this.overflown = true;
            return;
        }
        this.target.put((byte) b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (this.overflown || length > this.target.remaining()) {
            this.overflown = true;
            return;
        }
        this.target.put(bytes, offset, length);
    }

    /** Whether more was written than the buffer takes. */
    boolean overflown() {
        return this.overflown;
    }

}
