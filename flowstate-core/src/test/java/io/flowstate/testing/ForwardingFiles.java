package io.flowstate.testing;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

import io.flowstate.storage.LocalFiles;
import org.jspecify.annotations.Nullable;

/**
 * Files that hand every call on to others, for those that watch or change only some.
 */
public abstract class ForwardingFiles implements LocalFiles {

    private final LocalFiles files;

    /**
     * Creates files.
     * @param files where everything is done
     */
    protected ForwardingFiles(LocalFiles files) {
        this.files = files;
    }

    /**
     * What becomes of each file that is created or opened.
     * @param path its name
     * @param opened the open file
     * @return the file that the caller gets, over the open one
     */
    protected abstract LocalFile wrap(Path path, LocalFile opened);

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
        return wrap(file, this.files.create(file));
    }

    @Override
    public LocalFile openForReading(Path file) throws IOException {
        return wrap(file, this.files.openForReading(file));
    }

    @Override
    public LocalFile openForWriting(Path file) throws IOException {
        return wrap(file, this.files.openForWriting(file));
    }

    @Override
    public void writeBack(Path file) throws IOException {
        this.files.writeBack(file);
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

    /** An open file that hands every call on to another. */
    protected static class ForwardingFile implements LocalFile {

        private final LocalFile file;

        /**
         * Creates a file.
         * @param file where everything is done
         */
        protected ForwardingFile(LocalFile file) {
            this.file = file;
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
            this.file.close();
        }

    }

}
