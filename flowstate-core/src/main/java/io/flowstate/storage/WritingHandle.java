package io.flowstate.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * A segment file that this device created: how long it is, what of it is durable, and
 * whether it may still be written.
 *
 * <pre>
 *   WRITABLE  --(a write or sync fails)-->  FAILED: refuses every write and sync
 * </pre>
 *
 * Used by one thread at a time, the one that writes that log; only {@link #close} is
 * called by any.
 */
final class WritingHandle {

    private final LocalFiles files;

    private final WriteBack writeBack;

    private final Path directory;

    private final Path path;

    /** The open file; null while it is closed. */
    private final AtomicReference<LocalFiles.@Nullable LocalFile> file;

    private long length;

    private long writtenBack; // so much was forced, or begun to be written out

    private CompletableFuture<Void> writingBack = CompletableFuture.completedFuture(null);

    private boolean nameDurable;

    private boolean contentDurable;

    private boolean failed;

    /** Set before the file is closed, read after it is opened. */
    private volatile boolean closed;

    private WritingHandle(LocalFiles files, WriteBack writeBack, Path directory, Path path, LocalFiles.LocalFile file) {
        this.files = files;
        this.writeBack = writeBack;
        this.directory = directory;
        this.path = path;
        this.file = new AtomicReference<>(file);
    }

    /** Creates a file, given by its name. */
    static WritingHandle create(LocalFiles files, WriteBack writeBack, Path directory, String fileName)
            throws IOException {
        Path path = directory.resolve(fileName);
        return new WritingHandle(files, writeBack, directory, path, files.create(path));
    }

    void write(long position, ByteBuffer bytes) {
        checkUsable();
        if (position != this.length) {
            throw new IllegalArgumentException("segment " + this.path + " is written at its end, which is at "
                    + this.length + ", but position was " + position);
        }
        if (this.writingBack.isDone()) {
            checkWrittenBack();
            if (this.length - this.writtenBack >= WriteBack.STEP_BYTES) {
                this.writtenBack = this.length;
                this.writingBack = this.writeBack.begin(this.path);
            }
        }
        int count = bytes.remaining();
        this.failed = true;
        this.contentDurable = false;
        try {
            open().write(position, bytes);
        }
        catch (IOException ex) {
            throw StorageErrors.of("write", this.path, ex);
        }
        this.length += count;
        this.failed = false;
    }

    void sync() {
        checkUsable();
        this.failed = true;
        try {
            open().force();
            checkWrittenBack();
            this.writtenBack = this.length;
            if (!this.nameDurable) {
                this.files.forceDirectory(this.directory);
            }
        }
        catch (IOException ex) {
            throw StorageErrors.of("make durable", this.path, ex);
        }
        this.nameDurable = true;
        this.contentDurable = true;
        this.failed = false;
    }

    /**
     * Waits for what is being written out. If that fails the force may have found nothing
     * to do, and know nothing of it.
     */
    private void checkWrittenBack() {
        try {
            this.writingBack.join();
        }
        catch (CompletionException ex) {
            this.failed = true;
            Throwable cause = (ex.getCause() instanceof UncheckedIOException failure) ? failure.getCause()
                    : ex.getCause();
            throw StorageErrors.of("make durable", this.path,
                    (cause instanceof IOException failure) ? failure : new IOException(cause));
        }
    }

    private void checkUsable() {
        if (this.failed) {
            throw new IllegalStateException("segment " + this.path + " had a failed write or sync:"
                    + " what it holds is not known, and nothing more may be written to it");
        }
    }

    private LocalFiles.LocalFile open() throws IOException {
        LocalFiles.LocalFile open = this.file.get();
        if (open == null) {
            open = this.files.openForWriting(this.path);
            this.file.set(open);
            if (this.closed) {
                closeFile();
            }
        }
        return open;
    }

    /**
     * Closes the file if that loses nothing: a failure to write back what is not durable
     * yet would show at this handle only. It is opened again when it is needed.
     */
    void closeIfDurable() throws IOException {
        if (this.failed || (this.contentDurable && this.nameDurable)) {
            closeFile();
        }
    }

    /** Closes the file for good; waits for nothing. */
    void close() throws IOException {
        this.closed = true;
        closeFile();
    }

    private void closeFile() throws IOException {
        LocalFiles.LocalFile open = this.file.getAndSet(null);
        if (open != null) {
            open.close();
        }
    }

}
