package io.flowstate.compression;

import java.nio.ByteBuffer;

/** Compresses nothing: no page becomes smaller, so every page is stored as it is. */
final class StoredPages implements PageCompressor {

    @Override
    public boolean compress(ByteBuffer source, ByteBuffer target) {
        return false;
    }

    @Override
    public void decompress(ByteBuffer source, ByteBuffer target) {
        if (source.remaining() != target.remaining()) {
            throw new DecompressionException("none", target.remaining(), source.remaining() + " bytes");
        }
        target.put(source);
    }

    @Override
    public void close() {
        // Keeps nothing.
    }

}
