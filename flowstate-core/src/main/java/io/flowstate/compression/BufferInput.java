package io.flowstate.compression;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** Reads what remains of a buffer. */
final class BufferInput extends InputStream {

    private final ByteBuffer source;

    BufferInput(ByteBuffer source) {
        this.source = source;
    }

    @Override
    public int read() {
        return this.source.hasRemaining() ? Byte.toUnsignedInt(this.source.get()) : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!this.source.hasRemaining()) {
            return -1;
        }
        int count = Math.min(length, this.source.remaining());
        this.source.get(target, offset, count);
        return count;
    }

    @Override
    public int available() {
        return this.source.remaining();
    }

}
