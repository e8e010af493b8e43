package io.flowstate.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log device in one directory: each segment is a file of its own.
 *
 * <pre>
 *   NAME.seg              a segment, NAME as in {@link LogSegment#name()}; its bytes and nothing else
 *   flowstate.committed   the version committed last, see {@link CommittedNote}
 *   flowstate.lock        locked while the directory is open, never deleted, see {@link DirectoryLock}
 *   flowstate.owner       who has it open, for information only
 * </pre>
 *
 * Other files are left alone. A file that is being written stays open until a later
 * segment of its log exists and everything in it is durable; files being read stay open
 * up to {@value #MAX_READING_FILES}.
 */
final class LocalLogDevice implements LogDevice {

    static final int MAX_READING_FILES = 256;

    private static final String SUFFIX = ".seg";

    private static final Logger logger = LoggerFactory.getLogger(LocalLogDevice.class);

    private final LocalFiles files;

    private final DirectoryLock lock;

    private final Runnable giveFree;

    private final Path directory;

    private final CommittedNote note;

    private final ReadingHandles readers = new ReadingHandles(MAX_READING_FILES);

    /** The segments created since this was opened. */
    private final Map<LogSegment, WritingHandle> writers = new ConcurrentHashMap<>();

    /** The segment created last in each log. */
    private final Map<String, LogSegment> newest = new ConcurrentHashMap<>();

    private final WriteBack writeBack;

    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Creates the device of a directory that is held.
     * @param files how files are reached
     * @param lock the hold on the directory
     * @param giveFree what ends that hold, called once at the end of {@link #close}
     */
    LocalLogDevice(LocalFiles files, DirectoryLock lock, Runnable giveFree) {
        this.files = files;
        this.lock = lock;
        this.giveFree = giveFree;
        this.directory = lock.directory();
        this.writeBack = new WriteBack(files);
        this.note = new CommittedNote(files, this.directory);
    }

    static LocalLogDevice open(LocalFiles files, Path directory, String owner) {
        DirectoryLock lock = DirectoryLock.take(files, directory, owner);
        return new LocalLogDevice(files, lock, lock::close);
    }

    @Override
    public Collection<LogSegment> segments() {
        checkOpen();
        List<LogSegment> segments = new ArrayList<>();
        try {
            for (String name : this.files.list(this.directory)) {
                LogSegment segment = parse(name);
                if (segment != null) {
                    segments.add(segment);
                }
            }
        }
        catch (IOException ex) {
            throw StorageErrors.of("list", this.directory, ex);
        }
        return segments;
    }

    /** Whether a file is a segment of ours, by its name. */
    static boolean isSegment(String fileName) {
        return parse(fileName) != null;
    }

    private static @Nullable LogSegment parse(String fileName) {
        if (!fileName.endsWith(SUFFIX)) {
            return null;
        }
        return LogSegment.parse(fileName.substring(0, fileName.length() - SUFFIX.length()));
    }

    @Override
    public void create(LogSegment segment) {
        checkOpen();
        this.lock.checkInPlace();
        Path path = path(segment);
        try {
            this.writers.put(segment,
                    WritingHandle.create(this.files, this.writeBack, this.directory, segment.name() + SUFFIX));
            LogSegment previous = this.newest.put(segment.log(), segment);
            WritingHandle finished = (previous != null) ? this.writers.get(previous) : null;
            if (finished != null) {
                closeIfDurable(finished);
            }
        }
        catch (FileAlreadyExistsException ex) {
            throw new IllegalArgumentException("segment " + path + " exists already", ex);
        }
        catch (IOException ex) {
            throw StorageErrors.of("create", path, ex);
        }
        if (this.closed.get()) {
            // Closing may have passed this one by.
            closeWriters();
            checkOpen();
        }
    }

    @Override
    public void write(LogSegment segment, long position, ByteBuffer bytes) {
        checkOpen();
        writer(segment).write(position, bytes);
    }

    @Override
    public void sync(LogSegment segment) {
        checkOpen();
        WritingHandle writer = writer(segment);
        writer.sync();
        if (!segment.equals(this.newest.get(segment.log()))) {
            closeIfDurable(writer);
        }
    }

    private void closeIfDurable(WritingHandle writer) {
        try {
            writer.closeIfDurable();
        }
        catch (IOException ex) {
            // What is durable stays so.
            logger.warn("could not close a finished segment in {}", this.directory, ex);
        }
    }

    private WritingHandle writer(LogSegment segment) {
        WritingHandle writer = this.writers.get(segment);
        if (writer == null) {
            throw new IllegalArgumentException(
                    "segment " + path(segment) + " was not created by this device since it was opened, or was deleted");
        }
        return writer;
    }

    @Override
    public void read(LogSegment segment, long position, ByteBuffer target) {
        checkOpen();
        if (position < 0) {
            throw new IllegalArgumentException("position must not be negative, but was " + position);
        }
        int wanted = target.remaining();
        int count = use(segment, (file) -> file.read(position, target));
        if (count < wanted) {
            throw new CorruptStateException(describe(segment), position + count,
                    wanted + " bytes from offset " + position, "only " + count);
        }
    }

    @Override
    public boolean mayHang() {
        return this.files.mayHang();
    }

    @Override
    public long length(LogSegment segment) {
        checkOpen();
        return use(segment, LocalFiles.LocalFile::size);
    }

    private <R> R use(LogSegment segment, ReadingHandles.Action<R> action) {
        try {
            return this.readers.use(segment, () -> this.files.openForReading(path(segment)), action);
        }
        catch (NoSuchFileException ex) {
            throw new CorruptStateException(describe(segment), 0, "a segment file", "no file");
        }
        catch (IOException ex) {
            throw StorageErrors.of("read", path(segment), ex);
        }
    }

    @Override
    public void delete(LogSegment segment) {
        checkOpen();
        this.lock.checkInPlace();
        Path path = path(segment);
        try {
            WritingHandle writer = this.writers.remove(segment);
            if (writer != null) {
                writer.close();
            }
            this.files.delete(path);
            // Not before: a reader could open it once more.
            this.readers.retire(segment);
        }
        catch (IOException ex) {
            throw StorageErrors.of("delete", path, ex);
        }
    }

    @Override
    public String describe(LogSegment segment) {
        return path(segment).toString();
    }

    private Path path(LogSegment segment) {
        return this.directory.resolve(segment.name() + SUFFIX);
    }

    @Override
    public boolean notesCommitted() {
        return true;
    }

    @Override
    public String describeCommitted() {
        return this.directory.resolve(CommittedNote.FILE).toString();
    }

    @Override
    public Optional<CommittedVersion> committed() {
        checkOpen();
        return this.note.read();
    }

    @Override
    public void committed(CommittedVersion note) {
        checkOpen();
        this.lock.checkInPlace();
        this.note.write(note);
    }

    private void checkOpen() {
        if (this.closed.get()) {
            throw new IllegalStateException("the log device in " + this.directory + " is closed");
        }
    }

    @Override
    public void close() {
        if (this.closed.compareAndSet(false, true)) {
            this.writeBack.close();
            closeWriters();
            this.readers.close();
            this.giveFree.run();
        }
    }

    private void closeWriters() {
        this.writers.forEach((segment, writer) -> {
            try {
                writer.close();
            }
            catch (IOException ex) {
                logger.warn("could not close {}", path(segment), ex);
            }
        });
    }

    @Override
    public String toString() {
        return "the log device in " + this.directory;
    }

}
