package io.flowstate.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Files of which nothing has to survive a power cut: as the files underneath, but forcing
 * does nothing.
 *
 * @param files the files underneath
 */
record UnforcedFiles(LocalFiles files) implements LocalFiles {

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
        return new UnforcedFile(this.files.create(file));
    }

    @Override
    public LocalFile openForReading(Path file) throws IOException {
        return this.files.openForReading(file);
    }

    @Override
    public LocalFile openForWriting(Path file) throws IOException {
        return new UnforcedFile(this.files.openForWriting(file));
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        this.files.rename(source, target);
    }

    @Override
    public void forceDirectory(Path directory) {
        // Nothing has to survive.
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

    private record UnforcedFile(LocalFile file) implements LocalFile {

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            return this.file.read(position, target);
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            this.file.write(position, source);
        }

        @Override
        public void force() {
            // Nothing has to survive.
        }

        @Override
        public long size() throws IOException {
            return this.file.size();
        }

        @Override
        public void close() throws IOException {
            this.file.close();
        }

    }

}
