package io.flowstate.storage;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that lives for one run and is deleted at its end: a sub-directory of a
 * place that any number of runs share with each other and with files of others.
 *
 * <pre>
 *   flowstate-run-UUID/          one run
 *     flowstate.lock             held while the run lives, see {@link DirectoryLock}
 *     flowstate.owner            who has it, for information only
 *     flowstate.temporary        our marker, made once the lock is held
 *     NAME.seg                   of a temporary log device, see {@link LocalLogDevice}
 *     flowstate.committed        of a temporary log device
 *     temporary-NUMBER.tmp       of temporary files, see {@link TemporaryFiles}
 * </pre>
 *
 * A run that died leaves its sub-directory. It is cleared by the next opening in the same
 * place, known by its name, its marker, and a lock that can be had; so the directory of a
 * living run never is, nor one that is just being made. Only files with the names above
 * are deleted; a sub-directory with any other file in it stays, and so does that file.
 * Nothing in it is ever forced.
 */
final class TemporaryDirectory implements AutoCloseable {

    static final String MARKER_FILE = "flowstate.temporary";

    private static final Pattern RUN_DIRECTORY = Pattern
        .compile("flowstate-run-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private static final Pattern TEMPORARY_FILE = Pattern.compile("temporary-[1-9][0-9]{0,9}\\.tmp");

    private static final Set<String> OTHER_FILES = Set.of(CommittedNote.FILE, CommittedNote.TEMPORARY_FILE,
            DirectoryLock.OWNER_FILE);

    private static final Logger logger = LoggerFactory.getLogger(TemporaryDirectory.class);

    private final LocalFiles files;

    private final DirectoryLock lock;

    private final AtomicBoolean closed = new AtomicBoolean();

    private TemporaryDirectory(LocalFiles files, DirectoryLock lock) {
        this.files = files;
        this.lock = lock;
    }

    /**
     * Clears what dead runs have left, and makes the directory of a new one.
     * @param files how files are reached
     * @param place where it is made; created if it is missing
     * @param owner who has it, for a person to read
     */
    static TemporaryDirectory open(LocalFiles files, Path place, String owner) {
        Path directory = place.toAbsolutePath();
        Path run = directory.resolve("flowstate-run-" + UUID.randomUUID());
        try {
            files.createDirectories(directory);
            clearDeadRuns(files, directory);
        }
        catch (IOException ex) {
            throw StorageErrors.of("open directory", directory, ex);
        }
        DirectoryLock lock = DirectoryLock.take(files, run, owner);
        try {
            files.create(lock.directory().resolve(MARKER_FILE)).close();
        }
        catch (IOException ex) {
            clear(files, lock);
            throw StorageErrors.of("write", run.resolve(MARKER_FILE), ex);
        }
        return new TemporaryDirectory(files, lock);
    }

    /**
     * Clears what dead runs have left in a place, which need not exist. What fails is
     * left to another run.
     */
    static void clearDeadRunsIn(LocalFiles files, Path place) {
        try {
            clearDeadRuns(files, place);
        }
        catch (NoSuchFileException ex) {
            logger.debug("there is nothing to clear in {}, which does not exist", place);
        }
        catch (IOException ex) {
            logger.warn("could not clear what earlier runs may have left in {}", place, ex);
        }
    }

    private static void clearDeadRuns(LocalFiles files, Path place) throws IOException {
        for (String name : files.list(place)) {
            if (RUN_DIRECTORY.matcher(name).matches() && isMarked(files, place.resolve(name))) {
                DirectoryLock lock = takeIfDead(files, place.resolve(name));
                if (lock != null) {
                    clear(files, lock);
                }
            }
        }
    }

    private static @Nullable DirectoryLock takeIfDead(LocalFiles files, Path run) {
        try {
            return DirectoryLock.tryTake(files, run, "a new run, to clear it");
        }
        catch (StorageUnavailableException | StorageFullException ex) {
            // Another opening may just have cleared it; this run does not depend on it.
            logger.warn("could not clear the temporary directory {} of an earlier run", run, ex);
            return null;
        }
    }

    private static boolean isMarked(LocalFiles files, Path run) {
        try {
            return files.list(run).contains(MARKER_FILE);
        }
        catch (IOException ex) {
            logger.debug("no temporary directory of an earlier run: {}", run, ex);
            return false;
        }
    }

    /** Deletes what a run made in its directory, and gives it free. */
    private static void clear(LocalFiles files, DirectoryLock lock) {
        try {
            List<String> others = new ArrayList<>();
            for (String name : files.list(lock.directory())) {
                if (isOurs(name)) {
                    files.delete(lock.directory().resolve(name));
                }
                else if (!name.equals(MARKER_FILE) && !name.equals(DirectoryLock.LOCK_FILE)) {
                    others.add(name);
                }
            }
            // Last, so that what a crash leaves of this is cleared another time.
            files.delete(lock.directory().resolve(MARKER_FILE));
            if (others.isEmpty()) {
                lock.closeAndDelete();
                return;
            }
            logger.warn("left {} as it is, since there are files in it that are not ours: {}", lock.directory(),
                    others);
        }
        catch (IOException ex) {
            logger.warn("could not clear the temporary directory {}", lock.directory(), ex);
        }
        lock.close();
    }

    private static boolean isOurs(String name) {
        return LocalLogDevice.isSegment(name) || OTHER_FILES.contains(name) || TEMPORARY_FILE.matcher(name).matches();
    }

    /** The hold on the directory, which {@link #close} ends. */
    DirectoryLock lock() {
        return this.lock;
    }

    Path path() {
        return this.lock.directory();
    }

    /** How files in it are reached: forcing does nothing. */
    LocalFiles files() {
        return new UnforcedFiles(this.files);
    }

    /** The path of a temporary file; its number is positive. */
    Path file(int number) {
        return this.lock.directory().resolve("temporary-" + number + ".tmp");
    }

    /**
     * Deletes the directory with all that is ours in it; may be called again. Nobody uses
     * it any more.
     */
    @Override
    public void close() {
        if (this.closed.compareAndSet(false, true)) {
            clear(this.files, this.lock);
        }
    }

    @Override
    public String toString() {
        return "the temporary directory " + this.lock.directory();
    }

}
