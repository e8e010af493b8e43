package io.flowstate.internal.index;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

import io.flowstate.internal.memory.DirectMemory;

/**
 * The memory of all hash indexes of a store, within {@code index-memory}. Parts of the
 * largest size, of which there are many, are used again; smaller ones go back to the JVM.
 * Thread-safe.
 */
public final class IndexMemory {

    private final DirectMemory memory;

    private final int reusedBytes;

    private final Deque<ByteBuffer> free = new ArrayDeque<>(); // each of reusedBytes;
                                                               // guarded by this

    /**
     * Creates the memory of a store.
     * @param limitBytes its bound
     */
    public IndexMemory(long limitBytes) {
        this.memory = new DirectMemory("index-memory", limitBytes);
        this.reusedBytes = IndexPart.bytes(HashIndex.MAX_PART_BITS);
    }

    /**
     * Takes a zeroed buffer.
     * @param bytes its size
     * @return the buffer
     * @throws io.flowstate.storage.StateException if there is no more
     */
    synchronized ByteBuffer take(int bytes) {
        ByteBuffer reused = (bytes == this.reusedBytes) ? this.free.poll() : null;
        if (reused == null) {
            return this.memory.take(bytes);
        }
        for (int offset = 0; offset < bytes; offset += Long.BYTES) {
            reused.putLong(offset, 0);
        }
        return reused;
    }

    /**
     * Takes a buffer back.
     * @param buffer one that nobody uses any more
     */
    synchronized void giveBack(ByteBuffer buffer) {
        if (buffer.capacity() == this.reusedBytes) {
            this.free.push(buffer);
        }
        else {
            this.memory.giveBack(buffer);
        }
    }

    /** The bytes taken from outside the heap, free ones included. */
    public long takenBytes() {
        return this.memory.takenBytes();
    }

}
