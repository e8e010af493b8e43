package io.flowstate.compression;

import java.nio.ByteBuffer;

/**
 * Compresses and decompresses pages, one at a time, with whatever it keeps between them.
 * Used by one thread at a time; what it throws leaves it unusable.
 */
interface PageCompressor {

    /**
     * Compresses what remains in the source into what remains in the target.
     * @return whether it fitted; if not, the positions are anywhere
     */
    boolean compress(ByteBuffer source, ByteBuffer target);

    /**
     * Decompresses what remains in the source, filling the target to its limit.
     * @throws DecompressionException if it is not exactly as much, or cannot be
     */
    void decompress(ByteBuffer source, ByteBuffer target);

    /** Gives back what is not on the heap. */
    void close();

}
