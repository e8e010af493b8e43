package io.flowstate.internal.index;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

import io.flowstate.internal.memory.DirectMemory;
import io.flowstate.storage.StateException;

/**
 * The memory of all hash indexes of a store, within {@code index-memory}. It is taken
 * from outside the heap in slabs and never goes back to the JVM; indexes take it in
 * blocks and use blocks of one another again.
 *
 * <pre>
 *   slab    64 KiB to 1 MiB, larger with what is taken already
 *   block   8 KiB: a large part of an index has many, from any slabs
 *   piece   a half, a quarter, ... of a block, down to 128 bytes: a small part has one. Two free halves are joined again
 *           (buddies: Knowlton, 1965)
 * </pre>
 *
 * All blocks have one size, so none stays unused because it is too small for what is
 * needed next. Thread-safe.
 */
public final class IndexMemory {

    static final int BLOCK_BYTES = 8 << 10;

    static final int MIN_PIECE_BYTES = 2 * DirectMemory.CACHE_LINE_BYTES;

    private static final int MIN_SLAB_BYTES = 64 << 10;

    private static final int MAX_SLAB_BYTES = 1 << 20;

    private static final byte[] ZEROS = new byte[BLOCK_BYTES];

    private final DirectMemory memory;

    private final long limitBytes;

    private final List<ByteBuffer> slabs = new ArrayList<>(); // guarded by this

    private final List<TreeSet<Long>> free = new ArrayList<>(); // by size, the smallest
                                                                // first; guarded by this

    /**
     * Creates the memory of a store.
     * @param limitBytes its bound
     */
    public IndexMemory(long limitBytes) {
        this.memory = new DirectMemory("index-memory", limitBytes);
        this.limitBytes = limitBytes;
        for (int bytes = MIN_PIECE_BYTES; bytes <= BLOCK_BYTES; bytes *= 2) {
            this.free.add(new TreeSet<>());
        }
    }

    /**
     * Takes zeroed memory.
     * @param bytes how much: a power of two of at least {@link #MIN_PIECE_BYTES}, or
     * blocks
     * @return the memory
     * @throws io.flowstate.storage.StateException if there is no more; nothing is taken
     */
    IndexBlocks take(long bytes) {
        int pieceBytes = (int) Math.min(bytes, BLOCK_BYTES);
        int count = Math.toIntExact(bytes / pieceBytes);
        IndexBlocks blocks = takePieces(pieceBytes, count);
        for (int i = 0; i < count; i++) {
            blocks.buffers[i].put(blocks.offsets[i], ZEROS, 0, pieceBytes);
        }
        return blocks;
    }

    private synchronized IndexBlocks takePieces(int pieceBytes, int count) {
        IndexBlocks blocks = new IndexBlocks(count, pieceBytes);
        int taken = 0;
        try {
            for (; taken < count; taken++) {
                long piece = takePiece(order(pieceBytes));
                blocks.pieces[taken] = piece;
                blocks.buffers[taken] = this.slabs.get(slab(piece));
                blocks.offsets[taken] = offset(piece);
            }
            return blocks;
        }
        finally {
            for (int i = 0; taken < count && i < taken; i++) {
                givePieceBack(blocks.pieces[i], order(pieceBytes));
            }
        }
    }

    /**
     * Takes memory back.
     * @param blocks what nobody uses any more
     */
    synchronized void giveBack(IndexBlocks blocks) {
        for (long piece : blocks.pieces) {
            givePieceBack(piece, order(blocks.pieceBytes));
        }
    }

    private static int order(int pieceBytes) {
        return Integer.numberOfTrailingZeros(pieceBytes / MIN_PIECE_BYTES);
    }

    private static int slab(long piece) {
        return (int) (piece >>> 32);
    }

    private static int offset(long piece) {
        return (int) piece;
    }

    private long takePiece(int order) {
        // The lowest of all, so that pieces lie close together and whole blocks stay
        // free.
        Long lowest = this.free.get(order).pollFirst();
        if (lowest != null) {
            return lowest;
        }
        if (order == this.free.size() - 1) {
            addSlab();
            return takePiece(order);
        }
        long both = takePiece(order + 1);
        this.free.get(order).add(both + (MIN_PIECE_BYTES << order));
        return both;
    }

    private void givePieceBack(long piece, int order) {
        long half = (long) MIN_PIECE_BYTES << order;
        if (order < this.free.size() - 1 && this.free.get(order).remove(piece ^ half)) {
            givePieceBack(piece & ~half, order + 1);
        }
        else {
            this.free.get(order).add(piece);
        }
    }

    private void addSlab() {
        long taken = this.memory.takenBytes();
        long wanted = Math.max(MIN_SLAB_BYTES, Math.min(MAX_SLAB_BYTES, taken / 4));
        long blocks = Math.max(1, Math.min(wanted, this.limitBytes - taken) / BLOCK_BYTES);
        ByteBuffer slab = take((int) blocks * BLOCK_BYTES, MIN_SLAB_BYTES);
        long number = this.slabs.size();
        this.slabs.add(slab);
        for (int offset = 0; offset < slab.capacity(); offset += BLOCK_BYTES) {
            this.free.get(this.free.size() - 1).add((number << 32) | offset);
        }
    }

    /** The JVM may have less left than would be convenient. */
    private ByteBuffer take(int bytes, int atLeastBytes) {
        try {
            return this.memory.take(bytes);
        }
        catch (StateException ex) {
            if (bytes <= atLeastBytes) {
                throw ex;
            }
            return this.memory.take(atLeastBytes);
        }
    }

    /** The bytes taken from outside the heap, free ones included. */
    public long takenBytes() {
        return this.memory.takenBytes();
    }

}
