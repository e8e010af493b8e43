package io.flowstate.torture;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

import io.flowstate.storage.LocalFiles;
import org.jspecify.annotations.Nullable;

/**
 * Files as a process reaches them that dies at its Nth change: the first half of that
 * change may still happen, and nothing after it. Only what the operating system does for
 * a dead process goes on: its locks are released. Any thread.
 */
final class MortalFiles implements LocalFiles {

    private final LocalFiles files;

    private int changesLeft; // guarded by this

    private boolean dead; // guarded by this

    /**
     * Creates files.
     * @param files the files of the machine
     * @param changes how many changes are made before the process dies
     */
    MortalFiles(LocalFiles files, int changes) {
        this.files = files;
        this.changesLeft = changes;
    }

    synchronized boolean dead() {
        return this.dead;
    }

    /** Counts a change; the process dies at it if there are none left. */
    private synchronized void change() throws IOException {
        this.dead |= this.changesLeft-- <= 0;
        live();
    }

    private synchronized void live() throws IOException {
        if (this.dead) {
            throw new IOException("the process has died");
        }
    }

    @Override
    public boolean mayHang() {
        return this.files.mayHang();
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        change();
        this.files.createDirectories(directory);
    }

    @Override
    public LocalFile create(Path file) throws IOException {
        change();
        return new MortalFile(this.files.create(file));
    }

    @Override
    public LocalFile openForReading(Path file) throws IOException {
        live();
        return new MortalFile(this.files.openForReading(file));
    }

    @Override
    public LocalFile openForWriting(Path file) throws IOException {
        live();
        return new MortalFile(this.files.openForWriting(file));
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        change();
        this.files.rename(source, target);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        change();
        this.files.forceDirectory(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        live();
        return this.files.list(directory);
    }

    @Override
    public void delete(Path file) throws IOException {
        if (dead()) {
            return; // else whoever gives up would complain about each file that he cannot
                    // tidy up
        }
        change();
        this.files.delete(file);
    }

    @Override
    public Path realPath(Path path) throws IOException {
        live();
        return this.files.realPath(path);
    }

    @Override
    public Object fileKey(Path file) throws IOException {
        live();
        return this.files.fileKey(file);
    }

    @Override
    public @Nullable Closeable tryLock(Path file) throws IOException {
        live();
        return this.files.tryLock(file);
    }

    /** An open file of the process. */
    private final class MortalFile implements LocalFile {

        private final LocalFile file;

        private MortalFile(LocalFile file) {
            this.file = file;
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            live();
            return this.file.read(position, target);
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            live();
            try {
                change();
            }
            catch (IOException ex) {
                this.file.write(position, source.slice(source.position(), source.remaining() / 2));
                throw ex;
            }
            this.file.write(position, source);
        }

        @Override
        public void force() throws IOException {
            change();
            this.file.force();
        }

        @Override
        public long size() throws IOException {
            live();
            return this.file.size();
        }

        @Override
        public void close() throws IOException {
            this.file.close();
        }

    }

}
