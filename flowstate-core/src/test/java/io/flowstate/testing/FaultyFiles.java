package io.flowstate.testing;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.flowstate.storage.LocalFiles;
import org.jspecify.annotations.Nullable;

/**
 * Files that fail, fill up or stop answering when a test says so, and count what is asked
 * of them.
 *
 * <p>
 * Beyond the call that fails they behave as disks do. A write that finds too little room
 * writes what fits. Once the force of a file has failed, later forces of it report
 * success and do nothing: an operating system may take the bytes for clean then. Only a
 * new file under the name can be made durable. To see the effect, wrap a
 * {@link RecordingFiles}.
 */
public final class FaultyFiles implements LocalFiles {

    private final LocalFiles files;

    private final FaultPlan<FileCall> plan = new FaultPlan<>(FileCall.class);

    /** By name, what became of files opened for writing; guarded by this. */
    private final Map<Path, Fate> fates = new HashMap<>();

    private long bytesWritten; // guarded by this

    private long room = Long.MAX_VALUE; // guarded by this

    private long tornWrite; // the count of writes at which one is torn; guarded by this

    /**
     * Creates files without any fault yet.
     * @param files where everything is done
     */
    public FaultyFiles(LocalFiles files) {
        this.files = files;
    }

    /**
     * Fails one call of any kind.
     * @param nth which one, 1 being the next
     */
    public void failCall(long nth) {
        this.plan.add(null, nth, false);
    }

    /**
     * Fails one call of a kind.
     * @param kind which kind
     * @param nth which one of that kind, 1 being the next
     */
    public void failCall(FileCall kind, long nth) {
        this.plan.add(kind, nth, false);
    }

    /**
     * Fails every call from some point on, until {@link #heal()}.
     * @param nth the first to fail, 1 being the next
     */
    public void failFrom(long nth) {
        this.plan.add(null, nth, true);
    }

    /**
     * Fails every call of a kind from some point on, until {@link #heal()}.
     * @param kind which kind
     * @param nth the first of that kind to fail, 1 being the next
     */
    public void failFrom(FileCall kind, long nth) {
        this.plan.add(kind, nth, true);
    }

    /**
     * Fails one write after it has written half of its bytes.
     * @param nth which write, 1 being the next
     */
    public synchronized void tearWrite(long nth) {
        this.tornWrite = this.plan.count(FileCall.WRITE) + nth;
    }

    /**
     * Takes back all faults that were not met yet, and gives room. What was lost stays
     * lost.
     */
    public synchronized void heal() {
        this.plan.clear();
        this.tornWrite = 0;
        this.room = Long.MAX_VALUE;
    }

    /**
     * Limits what can still be written.
     * @param bytes so many until the medium is full; {@link #heal()} makes room again
     */
    public synchronized void limitRoom(long bytes) {
        this.room = bytes;
    }

    /**
     * Stops all calls of a kind until the test lets go.
     * @param kind which kind
     * @return lets go when it is closed
     */
    public Hold hold(FileCall kind) {
        return this.plan.hold(kind);
    }

    /**
     * How many calls there were, failed ones included.
     * @return the count
     */
    public long calls() {
        return this.plan.count(null);
    }

    /**
     * How many calls the present thread has made, failed ones included: what others do in
     * the background does not count.
     * @return the count
     */
    public long callsOfThisThread() {
        return this.plan.countOfThisThread();
    }

    /**
     * How many calls of a kind there were, failed ones included.
     * @param kind which kind
     * @return the count
     */
    public long calls(FileCall kind) {
        return this.plan.count(kind);
    }

    /**
     * How many bytes were written.
     * @return the count
     */
    public synchronized long bytesWritten() {
        return this.bytesWritten;
    }

    private void enter(FileCall kind, Object resource) throws IOException {
        if (this.plan.fails(kind)) {
            throw new IOException("Input/output error: " + kind + " of " + resource + " was made to fail");
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        enter(FileCall.CREATE_DIRECTORIES, directory);
        this.files.createDirectories(directory);
    }

    @Override
    public LocalFile create(Path file) throws IOException {
        enter(FileCall.CREATE, file);
        LocalFile created = this.files.create(file);
        Fate fate = new Fate();
        synchronized (this) {
            this.fates.put(file.normalize(), fate);
        }
        return new FaultyFile(file, created, fate);
    }

    @Override
    public LocalFile openForReading(Path file) throws IOException {
        enter(FileCall.OPEN_FOR_READING, file);
        return new FaultyFile(file, this.files.openForReading(file), new Fate());
    }

    @Override
    public LocalFile openForWriting(Path file) throws IOException {
        enter(FileCall.OPEN_FOR_WRITING, file);
        LocalFile opened = this.files.openForWriting(file);
        synchronized (this) {
            return new FaultyFile(file, opened, this.fates.computeIfAbsent(file.normalize(), (absent) -> new Fate()));
        }
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        enter(FileCall.RENAME, source);
        this.files.rename(source, target);
        synchronized (this) {
            Fate fate = this.fates.remove(source.normalize());
            this.fates.put(target.normalize(), (fate != null) ? fate : new Fate());
        }
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        enter(FileCall.FORCE_DIRECTORY, directory);
        this.files.forceDirectory(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        enter(FileCall.LIST, directory);
        return this.files.list(directory);
    }

    @Override
    public void delete(Path file) throws IOException {
        enter(FileCall.DELETE, file);
        this.files.delete(file);
        synchronized (this) {
            this.fates.remove(file.normalize());
        }
    }

    @Override
    public Path realPath(Path path) throws IOException {
        enter(FileCall.REAL_PATH, path);
        return this.files.realPath(path);
    }

    @Override
    public Object fileKey(Path file) throws IOException {
        enter(FileCall.FILE_KEY, file);
        return this.files.fileKey(file);
    }

    @Override
    public @Nullable Closeable tryLock(Path file) throws IOException {
        enter(FileCall.LOCK, file);
        return this.files.tryLock(file);
    }

    /** Takes room for a write, as much as there is; tells how many bytes it may write. */
    private synchronized int takeRoom(int wanted) {
        int granted = (int) Math.min(wanted, this.room);
        this.room -= granted;
        this.bytesWritten += granted;
        return granted;
    }

    private synchronized boolean isTorn() {
        boolean torn = this.tornWrite != 0 && this.plan.count(FileCall.WRITE) >= this.tornWrite;
        if (torn) {
            this.tornWrite = 0;
        }
        return torn;
    }

    @Override
    public String toString() {
        return "faulty " + this.files;
    }

    /** Whether a force of a file has failed. */
    private static final class Fate {

        private volatile boolean forceFailed;

    }

    private final class FaultyFile implements LocalFile {

        private final Path path;

        private final LocalFile file;

        private final Fate fate;

        private FaultyFile(Path path, LocalFile file, Fate fate) {
            this.path = path;
            this.file = file;
            this.fate = fate;
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            enter(FileCall.READ, this.path);
            return this.file.read(position, target);
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            enter(FileCall.WRITE, this.path);
            int wanted = source.remaining();
            boolean torn = isTorn();
            int granted = takeRoom(torn ? wanted / 2 : wanted);
            if (granted == wanted) {
                this.file.write(position, source);
                return;
            }
            this.file.write(position, source.slice(source.position(), granted));
            throw new IOException(
                    torn ? "Input/output error: a write to " + this.path + " was torn" : "No space left on device");
        }

        @Override
        public void force() throws IOException {
            try {
                enter(FileCall.FORCE, this.path);
            }
            catch (IOException ex) {
                this.fate.forceFailed = true;
                throw ex;
            }
            if (!this.fate.forceFailed) {
                this.file.force();
            }
        }

        @Override
        public long size() throws IOException {
            enter(FileCall.SIZE, this.path);
            return this.file.size();
        }

        @Override
        public void close() throws IOException {
            this.file.close();
        }

    }

}
