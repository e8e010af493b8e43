package io.flowstate.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Files that count how many of them are open, and refuse to be used after they were
 * closed.
 */
final class HandleCounter implements LocalFiles {

    private final LocalFiles files;

    private final AtomicInteger open = new AtomicInteger();

    HandleCounter(LocalFiles files) {
        this.files = files;
    }

    int open() {
        return this.open.get();
    }

    @Override
    public boolean mayHang() {
        return this.files.mayHang();
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        this.files.createDirectories(directory);
    }

    @Override
    public LocalFile create(Path file) throws IOException {
        return new CountedFile(this.files.create(file));
    }

    @Override
    public LocalFile openForReading(Path file) throws IOException {
        return new CountedFile(this.files.openForReading(file));
    }

    @Override
    public LocalFile openForWriting(Path file) throws IOException {
        return new CountedFile(this.files.openForWriting(file));
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        this.files.rename(source, target);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        this.files.forceDirectory(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return this.files.list(directory);
    }

    @Override
    public void delete(Path file) throws IOException {
        this.files.delete(file);
    }

    @Override
    public Path realPath(Path path) throws IOException {
        return this.files.realPath(path);
    }

    @Override
    public Object fileKey(Path file) throws IOException {
        return this.files.fileKey(file);
    }

    @Override
    public @Nullable Closeable tryLock(Path file) throws IOException {
        return this.files.tryLock(file);
    }

    private final class CountedFile implements LocalFile {

        private final LocalFile file;

        private final AtomicBoolean closed = new AtomicBoolean();

        private CountedFile(LocalFile file) {
            this.file = file;
            HandleCounter.this.open.incrementAndGet();
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            return this.file.read(position, target);
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            this.file.write(position, source);
        }

        @Override
        public void force() throws IOException {
            this.file.force();
        }

        @Override
        public long size() throws IOException {
            return this.file.size();
        }

        @Override
        public void close() throws IOException {
            if (this.closed.compareAndSet(false, true)) {
                HandleCounter.this.open.decrementAndGet();
            }
            this.file.close();
        }

    }

}
