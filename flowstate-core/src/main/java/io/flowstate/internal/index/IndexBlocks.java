package io.flowstate.internal.index;

import java.nio.ByteBuffer;

/**
 * The memory of one part of an index: pieces of one size, from any slabs. A value of
 * {@link IndexMemory}.
 */
final class IndexBlocks {

    /** The slab of each piece. */
    final ByteBuffer[] buffers;

    /** Where in its slab each piece begins. */
    final int[] offsets;

    /** What the memory calls each piece. */
    final long[] pieces;

    /** The size of a piece. */
    final int pieceBytes;

    IndexBlocks(int count, int pieceBytes) {
        this.buffers = new ByteBuffer[count];
        this.offsets = new int[count];
        this.pieces = new long[count];
        this.pieceBytes = pieceBytes;
    }

}
