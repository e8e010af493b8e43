package io.flowstate.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Writes long files out while they are being written, one at a time on a thread of its
 * own, so that the disk does not stand idle until they are forced, nor the writer
 * afterwards. Thread-safe.
 */
final class WriteBack implements AutoCloseable {

    /** As much is left to be forced by who asks for it. */
    static final long STEP_BYTES = 8L << 20;

    private static final int KEPT_IDLE_SECONDS = 2;

    private final LocalFiles files;

    private final ThreadPoolExecutor thread;

    WriteBack(LocalFiles files) {
        this.files = files;
        this.thread = new ThreadPoolExecutor(0, 1, KEPT_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
                (task) -> {
                    Thread made = new Thread(null, task, "flowstate-write-back", 0, false);
                    made.setDaemon(true);
                    return made;
                }, new ThreadPoolExecutor.DiscardPolicy());
    }

    /**
     * Begins to write a file out, unless the one before still is. Waits for nothing.
     * @param file the file
     * @param failed told if it failed
     */
    void begin(Path file, Consumer<IOException> failed) {
        this.thread.execute(() -> {
            try {
                this.files.writeBack(file);
            }
            catch (IOException ex) {
                failed.accept(ex);
            }
        });
    }

    /** Lets the thread end once it has done what it does. Waits for nothing. */
    @Override
    public void close() {
        this.thread.shutdown();
    }

}
