package io.flowstate.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a directory for one opener: an operating system lock on {@value #LOCK_FILE},
 * which is never deleted while the directory is in use, behind a registry of the
 * directories that this JVM holds.
 *
 * <p>
 * The registry comes first, because closing any channel on a locked file drops the lock
 * that the process has on it: a second opener in this JVM is refused before it touches
 * the file. The lock dies with its process; nothing is decided by process ids or by the
 * content of a file. The owner's name stands in {@value #OWNER_FILE}, plain text for a
 * person and for the message of a refusal; that file may be damaged or deleted freely.
 */
final class DirectoryLock {

    static final String LOCK_FILE = "flowstate.lock";

    static final String OWNER_FILE = "flowstate.owner";

    private static final int MAX_OWNER_LENGTH = 1000;

    private static final String UNKNOWN_OWNER = "an unknown owner";

    private static final Logger logger = LoggerFactory.getLogger(DirectoryLock.class);

    /** Who in this JVM holds what. */
    private static final Map<Place, String> HELD = new ConcurrentHashMap<>();

    private final LocalFiles files;

    private final Path directory;

    private final Closeable lock;

    private final Object lockFileKey;

    private final AtomicBoolean closed = new AtomicBoolean();

    private DirectoryLock(Place place, Closeable lock, Object lockFileKey) {
        this.files = place.files();
        this.directory = place.realPath();
        this.lock = lock;
        this.lockFileKey = lockFileKey;
    }

    /**
     * Takes a directory, creating it if it is missing.
     * @throws StateLockedException if it is held, by this process or another
     */
    static DirectoryLock take(LocalFiles files, Path directory, String owner) {
        try {
            files.createDirectories(directory.toAbsolutePath());
        }
        catch (IOException ex) {
            throw StorageErrors.of("create directory", directory, ex);
        }
        DirectoryLock lock = tryTake(files, directory, owner);
        if (lock == null) {
            throw new StateLockedException(directory.toString(), holder(files, directory));
        }
        try {
            lock.writeOwner(owner);
            return lock;
        }
        catch (IOException ex) {
            lock.close();
            throw StorageErrors.of("write", lock.directory.resolve(OWNER_FILE), ex);
        }
    }

    /**
     * Takes an existing directory if it is free, and writes nothing in it.
     * @return the lock, or null if the directory is held, by this process or another
     */
    static @Nullable DirectoryLock tryTake(LocalFiles files, Path directory, String owner) {
        Place place = new Place(files, realPath(files, directory));
        if (HELD.putIfAbsent(place, owner) != null) {
            return null;
        }
        DirectoryLock taken = null;
        try {
            taken = tryLock(place);
            return taken;
        }
        catch (IOException ex) {
            throw StorageErrors.of("lock directory", directory, ex);
        }
        finally {
            if (taken == null) {
                HELD.remove(place);
            }
        }
    }

    private static @Nullable DirectoryLock tryLock(Place place) throws IOException {
        Path lockFile = place.realPath().resolve(LOCK_FILE);
        Closeable lock = place.files().tryLock(lockFile);
        if (lock == null) {
            return null;
        }
        try {
            return new DirectoryLock(place, lock, place.files().fileKey(lockFile));
        }
        catch (IOException ex) {
            lock.close();
            throw ex;
        }
    }

    private static Path realPath(LocalFiles files, Path directory) {
        try {
            return files.realPath(directory.toAbsolutePath());
        }
        catch (IOException ex) {
            throw StorageErrors.of("open directory", directory, ex);
        }
    }

    private static String holder(LocalFiles files, Path directory) {
        Path realPath = realPath(files, directory);
        String here = HELD.get(new Place(files, realPath));
        return (here != null) ? here : readOwner(files, realPath.resolve(OWNER_FILE));
    }

    private static String readOwner(LocalFiles files, Path ownerFile) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * MAX_OWNER_LENGTH);
        try (LocalFiles.LocalFile file = files.openForReading(ownerFile)) {
            file.read(0, bytes);
        }
        catch (IOException ex) {
            logger.debug("cannot tell who holds the lock beside {}", ownerFile, ex);
            return UNKNOWN_OWNER;
        }
        // Decoding replaces what is no text.
        String text = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        String owner = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return owner.isEmpty() ? UNKNOWN_OWNER : owner;
    }

    private void writeOwner(String owner) throws IOException {
        Path ownerFile = this.directory.resolve(OWNER_FILE);
        this.files.delete(ownerFile);
        String text = owner.substring(0, Math.min(owner.length(), MAX_OWNER_LENGTH));
        try (LocalFiles.LocalFile file = this.files.create(ownerFile)) {
            file.write(0, StandardCharsets.UTF_8.encode(text));
        }
    }

    /**
     * The directory held, with all links resolved.
     */
    Path directory() {
        return this.directory;
    }

    /**
     * Makes sure that the directory is still held, and was not deleted or replaced
     * meanwhile.
     * @throws FencedException if it was, or was given free by {@link #close}
     */
    void checkInPlace() {
        if (this.closed.get()) {
            // Set before the directory is given free: whoever takes it next is not
            // disturbed.
            throw new FencedException("directory " + this.directory + " was closed meanwhile, and another state manager"
                    + " may have it; nothing more is written");
        }
        Path lockFile = this.directory.resolve(LOCK_FILE);
        try {
            if (this.files.fileKey(lockFile).equals(this.lockFileKey)) {
                return;
            }
        }
        catch (NoSuchFileException ex) {
            throw new FencedException(notInPlace(lockFile, "is gone"), ex);
        }
        catch (IOException ex) {
            throw StorageErrors.of("find lock file", lockFile, ex);
        }
        throw new FencedException(notInPlace(lockFile, "is another one"));
    }

    private static String notInPlace(Path lockFile, String found) {
        return "lock file " + lockFile + " " + found + ": its directory was deleted or replaced while it was open, and"
                + " another state manager may have it; nothing more is written, close this one and look";
    }

    /** Gives the directory free and leaves the lock file; may be called again. */
    void close() {
        if (this.closed.compareAndSet(false, true)) {
            attempt("delete", () -> this.files.delete(this.directory.resolve(OWNER_FILE)));
            release();
        }
    }

    /** Gives the directory free, deleting it if nothing but the lock is in it. */
    void closeAndDelete() {
        if (this.closed.compareAndSet(false, true)) {
            attempt("delete", () -> {
                this.files.delete(this.directory.resolve(OWNER_FILE));
                this.files.delete(this.directory.resolve(LOCK_FILE));
                this.files.delete(this.directory);
            });
            release();
        }
    }

    private void release() {
        attempt("unlock", this.lock);
        HELD.remove(new Place(this.files, this.directory));
    }

    /** Closing goes on to the end; what fails is only of use to a person. */
    private void attempt(String what, Closeable action) {
        try {
            action.close();
        }
        catch (IOException ex) {
            logger.warn("could not {} what guards {}", what, this.directory, ex);
        }
    }

    @Override
    public String toString() {
        return "the lock on " + this.directory;
    }

    /** One place on one file system. */
    private record Place(LocalFiles files, Path realPath) {
    }

}
