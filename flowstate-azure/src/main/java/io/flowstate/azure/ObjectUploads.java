package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

import com.azure.core.util.BinaryData;

import io.flowstate.storage.StorageUnavailableException;

/**
 * Uploads objects, a bounded number at once; whoever hands over one more waits until
 * there is room. So what is on its way takes at most {@code upload-parallelism} times
 * {@code object-size} of memory.
 *
 * <p>
 * An object is written under the condition that none of its name exists. Its name is
 * never used again, so one that does exist after a try of unknown outcome is that try's.
 */
final class ObjectUploads {

    private final BlobPlace place;

    private final Duration deadline;

    private final Semaphore room;

    private final ThreadPoolExecutor threads;

    private final BiConsumer<ObjectName, List<ByteBuffer>> uploaded;

    /**
     * Creates it, without a thread yet.
     * @param place the prefix
     * @param settings how many at once, and the deadline
     * @param uploaded what to do with an object once it is there, before its upload
     * counts as done
     */
    ObjectUploads(BlobPlace place, AzureSettings settings, BiConsumer<ObjectName, List<ByteBuffer>> uploaded) {
        this.place = place;
        this.deadline = settings.deadline();
        this.room = new Semaphore(settings.uploadParallelism());
        this.uploaded = uploaded;
        AtomicInteger names = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(settings.uploadParallelism(), settings.uploadParallelism(), 5,
                TimeUnit.SECONDS, new LinkedBlockingQueue<>(), (task) -> {
                    Thread thread = new Thread(null, task, "flowstate-azure-upload-" + names.incrementAndGet(), 0,
                            false);
                    thread.setDaemon(true);
                    return thread;
                });
        this.threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Begins to upload an object.
     * @param object its name
     * @param blocks its bytes, not changed any more
     * @return done when it is there
     * @throws StorageUnavailableException if there is no room until the deadline, or no
     * thread
     */
    CompletableFuture<Void> begin(ObjectName object, List<ByteBuffer> blocks) {
        awaitRoom();
        try {
            return CompletableFuture.runAsync(() -> {
                try {
                    upload(object, ObjectBlocks.stamp(object, blocks));
                }
                finally {
                    this.room.release();
                }
            }, this.threads);
        }
        catch (RejectedExecutionException | OutOfMemoryError ex) {
            this.room.release();
            throw new StorageUnavailableException(
                    "no thread uploads " + object + " to " + this.place + ": it is closed, or there is none to be had",
                    ex);
        }
    }

    private void awaitRoom() {
        boolean interrupted = false;
        long end = this.place.requests().now() + this.deadline.toNanos();
        try {
            while (true) {
                try {
                    if (this.room.tryAcquire(end - this.place.requests().now(), TimeUnit.NANOSECONDS)) {
                        return;
                    }
                    throw new StorageUnavailableException("no object could be uploaded to " + this.place + " for "
                            + this.deadline + " (deadline); check the endpoint and the network");
                }
                catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void upload(ObjectName object, List<ByteBuffer> blocks) {
        String name = BlobPlace.LOG + object.path();
        long size = ObjectBlocks.size(object.length());
        this.place.create(RequestKind.OBJECT_WRITE, name, BinaryData.fromListByteBuffer(blocks), size);
        this.uploaded.accept(object, blocks);
    }

    /**
     * Waits until an upload is done: at most for its deadline, behind those before it.
     * @throws RuntimeException what it failed with
     */
    void await(CompletableFuture<Void> upload) {
        boolean interrupted = false;
        long end = this.place.requests().now() + 2 * this.deadline.toNanos();
        try {
            while (true) {
                try {
                    upload.get(end - this.place.requests().now(), TimeUnit.NANOSECONDS);
                    return;
                }
                catch (InterruptedException ex) {
                    interrupted = true;
                }
            }
        }
        catch (TimeoutException ex) {
            throw new StorageUnavailableException("no answer from " + this.place + " for twice the deadline", ex);
        }
        catch (ExecutionException ex) {
            Throwable cause = ex.getCause();
            if (cause instanceof RuntimeException exception) {
                throw exception;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(ex);
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Lets the threads end once they have done what was handed over. Waits for nothing.
     */
    void close() {
        this.threads.shutdown();
    }

}
