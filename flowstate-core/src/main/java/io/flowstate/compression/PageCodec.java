package io.flowstate.compression;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

import io.flowstate.storage.StateException;

/**
 * Compresses and decompresses the pages of one store; made by whoever opens the store,
 * and closed with it. Any number of threads, none of which waits for another.
 *
 * <p>
 * What a page needs beyond its bytes (native contexts, buffers) is kept for the next
 * page, so with {@code none} and {@code zstd} nothing is allocated for a page. At most
 * two sets for each processor are kept; a thread that finds none left takes a new one,
 * which is given back at once.
 */
public final class PageCodec implements AutoCloseable {

    private final Compression compression;

    private final BlockingQueue<PageCompressor> idle = new ArrayBlockingQueue<>(
            2 * Runtime.getRuntime().availableProcessors());

    /** Set before the idle ones are closed, read after one becomes idle. */
    private volatile boolean closed;

    private PageCodec(Compression compression) {
        this.compression = compression;
    }

    /**
     * Makes a codec.
     * @param compression what it compresses with
     * @return the codec
     * @throws StateException if the compression needs a library that is missing, naming
     * it
     */
    public static PageCodec open(Compression compression) {
        PageCodec codec = new PageCodec(compression);
        codec.giveBack(compression.newCompressor());
        return codec;
    }

    /**
     * The id of the compression, to be recorded with what was compressed.
     * @return the id
     */
    public String id() {
        return this.compression.id();
    }

    /**
     * Compresses a page, if it becomes small enough.
     * @param source what remains in it is the page; in memory of any kind
     * @param target takes the compressed bytes; what remains in it is the most that is
     * worth it, and may be written to in any case
     * @return whether it fitted; both positions have moved if it did, none if not
     * @throws StateException if a function of the user's fails, or does not give back
     * what it was given
     */
    public boolean compress(ByteBuffer source, ByteBuffer target) {
        int sourcePosition = source.position();
        int targetPosition = target.position();
        PageCompressor compressor = take();
        boolean usable = false;
        boolean fits = false;
        try {
            fits = compressor.compress(source, target);
            usable = true;
        }
        finally {
            if (!fits) {
                source.position(sourcePosition);
                target.position(targetPosition);
            }
            release(compressor, usable);
        }
        return fits;
    }

    /**
     * Decompresses a page. Its bytes must have been verified before: a codec notices only
     * some damage.
     * @param source what remains in it is what {@link #compress} has made
     * @param target what remains in it is as long as the page; filled to its limit
     * @throws DecompressionException if they do not decompress to exactly that many
     * bytes; no position has moved then
     */
    public void decompress(ByteBuffer source, ByteBuffer target) {
        int sourcePosition = source.position();
        int targetPosition = target.position();
        PageCompressor compressor = take();
        boolean done = false;
        try {
            compressor.decompress(source, target);
            done = true;
        }
        finally {
            if (!done) {
                source.position(sourcePosition);
                target.position(targetPosition);
            }
            release(compressor, done);
        }
    }

    private PageCompressor take() {
        checkOpen();
        PageCompressor compressor = this.idle.poll();
        return (compressor != null) ? compressor : this.compression.newCompressor();
    }

    private void checkOpen() {
        if (this.closed) {
            throw new IllegalStateException("the page codec for compression " + this.compression + " is closed");
        }
    }

    private void release(PageCompressor compressor, boolean usable) {
        if (usable) {
            giveBack(compressor);
        }
        else {
            compressor.close();
        }
    }

    private void giveBack(PageCompressor compressor) {
        if (!this.idle.offer(compressor)) {
            compressor.close();
        }
        if (this.closed) {
            // Closing may have passed this one by.
            closeIdle();
        }
    }

    /** Whoever is compressing meanwhile finishes; calls after that are refused. */
    @Override
    public void close() {
        this.closed = true;
        closeIdle();
    }

    private void closeIdle() {
        PageCompressor compressor = this.idle.poll();
        while (compressor != null) {
            compressor.close();
            compressor = this.idle.poll();
        }
    }

    @Override
    public String toString() {
        return "the page codec for compression " + this.compression;
    }

}
