package io.flowstate.testing;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.flowstate.storage.LocalFiles;
import io.flowstate.testing.FaultPlan.Length;
import io.flowstate.testing.FaultPlan.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * Files that fail, write or read too little, fill up, stop answering or stop for good
 * when a test says so, and count what is asked of them.
 *
 * <pre>
 *   MemoryFiles disk = new MemoryFiles();
 *   FaultyFiles files = new FaultyFiles(disk);
 *   Storage storage = Storage.of(LogDeviceFactory.local(Path.of("/log"), files),
 *           CheckpointManager.local(Path.of("/checkpoints"), files));
 *   try (StateManager manager = StateManager.open(options.persistentStorage(storage).build())) {
 *       ...
 *       files.failCall(FileCall.FORCE, 1);       // the next force fails, once
 *       ...                                      // what does the code under test do?
 *       files.limitRoom(10_000);                 // the disk is nearly full
 *       ...
 *       files.heal();                            // it has room again
 *       files.stopAt(20);                        // the process "dies" at the 20th call from here
 *   }
 *   ...                                          // open what it has left through new FaultyFiles(disk)
 * </pre>
 *
 * <p>
 * Beyond the call that fails they behave as disks do. A write that finds too little room
 * writes what fits. Once the force or write-back of a file has failed, later forces of it
 * report success and do nothing: an operating system may take the bytes for clean then.
 * Only a new file under the name can be made durable; {@link #forcedAgain()} names the
 * files of which it was tried. To see what a power cut leaves, wrap a
 * {@link RecordingFiles}.
 *
 * <p>
 * Calls are counted from the creation of this object; what a test plans for the nth call
 * counts from the moment at which it says so, 1 being the next. With one thread the same
 * plan meets the same calls every time.
 */
public final class FaultyFiles extends Faults<FileCall> implements LocalFiles {

    private final LocalFiles files;

    /** By name, what became of files opened for writing; guarded by this. */
    private final Map<Path, Fate> fates = new HashMap<>();

    private long bytesWritten; // guarded by this

    private long room = Long.MAX_VALUE; // guarded by this

    private final Set<Path> forcedAgain = new LinkedHashSet<>(); // guarded by this

    /**
     * Creates files without any fault yet.
     * @param files where everything is done
     */
    public FaultyFiles(LocalFiles files) {
        super(FileCall.class);
        this.files = files;
    }

    /**
     * Fails one write after it has written half of its bytes.
     * @param nth which write, 1 being the next
     */
    public void tearWrite(long nth) {
        plan().add(FileCall.WRITE, nth, Length.ONCE, Outcome.HALF_DONE);
    }

    /**
     * Lets one read give only half of the bytes, as if the file ended there.
     * @param nth which read, 1 being the next
     */
    public void shortenRead(long nth) {
        plan().add(FileCall.READ, nth, Length.ONCE, Outcome.HALF_DONE);
    }

    /**
     * Takes back all faults that were not met yet, and gives room. What was lost stays
     * lost, and what was stopped for good stays so.
     */
    @Override
    public synchronized void heal() {
        plan().clear();
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
     * The files that were to be forced again after a force of them had failed, which
     * would be believed though nothing happens. A sound store has none.
     * @return their names, as of then
     */
    public synchronized Set<Path> forcedAgain() {
        return new LinkedHashSet<>(this.forcedAgain);
    }

    /**
     * How many bytes were written.
     * @return the count
     */
    public synchronized long bytesWritten() {
        return this.bytesWritten;
    }

    /** Counts a call; tells whether it does only half of what it should. */
    private boolean enter(FileCall kind, Object resource) throws IOException {
        Outcome outcome = plan().take(kind);
        if (outcome == Outcome.FAILED) {
            throw new IOException("Input/output error: " + kind + " of " + resource + " was made to fail");
        }
        return outcome == Outcome.HALF_DONE;
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
            return new FaultyFile(file, opened, fate(file));
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
    public void writeBack(Path file) throws IOException {
        try {
            enter(FileCall.WRITE_BACK, file);
        }
        catch (IOException ex) {
            fate(file).forceFailed = true;
            throw ex;
        }
        this.files.writeBack(file);
    }

    private synchronized Fate fate(Path file) {
        return this.fates.computeIfAbsent(file.normalize(), (absent) -> new Fate());
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

    private synchronized void noteForcedAgain(Path file) {
        this.forcedAgain.add(file);
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
            int limit = target.limit();
            if (enter(FileCall.READ, this.path)) {
                target.limit(target.position() + target.remaining() / 2);
            }
            try {
                return this.file.read(position, target);
            }
            finally {
                target.limit(limit);
            }
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            boolean torn = enter(FileCall.WRITE, this.path);
            int wanted = source.remaining();
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
            if (this.fate.forceFailed) {
                noteForcedAgain(this.path);
                return;
            }
            this.file.force();
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
