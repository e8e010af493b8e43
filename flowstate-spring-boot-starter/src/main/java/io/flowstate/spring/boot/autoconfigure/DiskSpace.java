package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much room the disks under the stores have, looked at from time to time in a thread
 * of its own: who asks gets what was seen last, also while the disk does not answer.
 */
final class DiskSpace implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private static final Logger logger = LoggerFactory.getLogger(DiskSpace.class);

    private final Map<Path, Room> seen = new ConcurrentHashMap<>();

    private final ScheduledExecutorService thread;

    DiskSpace() {
        this.thread = Executors.newSingleThreadScheduledExecutor((task) -> {
            Thread thread = new Thread(task, "flowstate-disk-space");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Begins to look at a directory.
     * @param directory one that need not exist yet
     */
    @SuppressWarnings("FutureReturnValueIgnored") // look throws nothing
    void watch(Path directory) {
        this.thread.scheduleWithFixedDelay(() -> look(directory), 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look(Path directory) {
        Path existing = directory.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        try {
            FileStore disk = Files.getFileStore(existing);
            this.seen.put(directory, new Room(disk.getUsableSpace(), disk.getTotalSpace()));
        }
        catch (IOException | RuntimeException ex) {
            this.seen.remove(directory);
            logger.debug("The room of {} cannot be told", existing, ex);
        }
    }

    /** What was seen last, empty if nothing was. */
    Optional<Room> of(Path directory) {
        return Optional.ofNullable(this.seen.get(directory));
    }

    @Override
    public void close() {
        this.thread.shutdownNow();
    }

    /**
     * The room of a disk.
     *
     * @param freeBytes what this process may still use
     * @param totalBytes its size
     */
    record Room(long freeBytes, long totalBytes) {
    }

}
