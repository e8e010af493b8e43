package io.flowstate.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes long files out while they are being written, one at a time on a thread of its
 * own, so that the disk does not stand idle until they are forced, nor the writer
 * afterwards. Thread-safe.
 */
final class WriteBack implements AutoCloseable {

    /** As much is left to be forced by who asks for it. */
    static final long STEP_BYTES = 8L << 20;

    private static final int KEPT_IDLE_SECONDS = 2;

    private static final Logger logger = LoggerFactory.getLogger(WriteBack.class);

    private final LocalFiles files;

    private final ThreadPoolExecutor thread;

    WriteBack(LocalFiles files) {
        this.files = files;
        this.thread = new ThreadPoolExecutor(0, 1, KEPT_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
                (task) -> {
                    Thread made = new Thread(null, task, "flowstate-write-back", 0, false);
                    made.setDaemon(true);
                    return made;
                });
    }

    /**
     * Begins to write a file out, unless one still is, or no thread can be started.
     * @param file the file
     * @return ends when that has ended, in any case; with what went wrong, after which a
     * force of the file cannot be trusted
     */
    CompletableFuture<Void> begin(Path file) {
        try {
            return CompletableFuture.runAsync(() -> {
                try {
                    this.files.writeBack(file);
                }
                catch (IOException ex) {
                    throw new UncheckedIOException(ex);
                }
            }, this.thread);
        }
        catch (RejectedExecutionException | OutOfMemoryError ex) {
            logger.trace("{} is not written out early", file, ex); // the force does it
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Lets the thread end once it has done what it does. Waits for nothing. */
    @Override
    public void close() {
        this.thread.shutdown();
    }

}
