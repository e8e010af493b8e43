package io.flowstate.internal.pagestore;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Arrays in which images are made and read, used again and again. Thread-safe.
 */
final class ImageBuffers {

    private static final int SMALLEST = 64 << 10;

    private static final int KEPT = 32;

    private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(KEPT);

    /** An array of at least a length, with whatever is in it. */
    byte[] take(int length) {
        byte[] array = this.free.poll();
        return (array != null && array.length >= length) ? array : new byte[Math.max(length, SMALLEST)];
    }

    /** Gives an array back that nobody uses any more. */
    void giveBack(byte[] array) {
        this.free.offer(array); // one too many is left to the garbage collector
    }

}
