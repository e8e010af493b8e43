package io.flowstate.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens log devices that live for one run: each in a sub-directory of its own, which is
 * deleted when the device is closed.
 *
 * <pre>
 *   flowstate-run-UUID/          one run
 *     flowstate.lock             held while the run lives
 *     flowstate.temporary        our marker, made once the lock is held
 *     ...                        as in {@link LocalLogDevice}, but nothing is ever forced
 * </pre>
 *
 * A run that died leaves its sub-directory. It is cleared by the next opening, known by
 * its name, its marker, and a lock that can be had; so the directory of a living run
 * never is, nor one that is just being made. Only files that a device makes are deleted;
 * a sub-directory with any other file in it stays, and so does that file.
 */
final class TemporaryLogDeviceFactory implements LogDeviceFactory {

    static final String MARKER_FILE = "flowstate.temporary";

    private static final Pattern RUN_DIRECTORY = Pattern
        .compile("flowstate-run-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private static final Set<String> OWN_FILES = Set.of(CommittedNote.FILE, CommittedNote.TEMPORARY_FILE,
            DirectoryLock.OWNER_FILE);

    private static final Logger logger = LoggerFactory.getLogger(TemporaryLogDeviceFactory.class);

    private final LocalFiles files;

    private final Path directory;

    TemporaryLogDeviceFactory(LocalFiles files, Path directory) {
        this.files = files;
        this.directory = directory.toAbsolutePath();
    }

    @Override
    public LogDevice open(String owner) {
        Path run = this.directory.resolve("flowstate-run-" + UUID.randomUUID());
        try {
            this.files.createDirectories(this.directory);
            clearDeadRuns();
        }
        catch (IOException ex) {
            throw StorageErrors.of("open directory", this.directory, ex);
        }
        DirectoryLock lock = DirectoryLock.take(this.files, run, owner);
        try {
            this.files.create(lock.directory().resolve(MARKER_FILE)).close();
        }
        catch (IOException ex) {
            clear(lock);
            throw StorageErrors.of("write", run.resolve(MARKER_FILE), ex);
        }
        return new LocalLogDevice(new UnforcedFiles(this.files), lock, () -> clear(lock));
    }

    private void clearDeadRuns() throws IOException {
        for (String name : this.files.list(this.directory)) {
            if (RUN_DIRECTORY.matcher(name).matches() && isMarked(this.directory.resolve(name))) {
                DirectoryLock lock = takeIfDead(this.directory.resolve(name));
                if (lock != null) {
                    clear(lock);
                }
            }
        }
    }

    private @Nullable DirectoryLock takeIfDead(Path run) {
        try {
            return DirectoryLock.tryTake(this.files, run, "a new run, to clear it");
        }
        catch (StorageUnavailableException | StorageFullException ex) {
            // Another opening may just have cleared it; this run does not depend on it.
            logger.warn("could not clear the temporary directory {} of an earlier run", run, ex);
            return null;
        }
    }

    private boolean isMarked(Path run) {
        try {
            return this.files.list(run).contains(MARKER_FILE);
        }
        catch (IOException ex) {
            logger.debug("no temporary directory of an earlier run: {}", run, ex);
            return false;
        }
    }

    /** Deletes what a device made in the directory, and gives it free. */
    private void clear(DirectoryLock lock) {
        try {
            List<String> others = new ArrayList<>();
            for (String name : this.files.list(lock.directory())) {
                if (LocalLogDevice.isSegment(name) || OWN_FILES.contains(name)) {
                    this.files.delete(lock.directory().resolve(name));
                }
                else if (!name.equals(MARKER_FILE) && !name.equals(DirectoryLock.LOCK_FILE)) {
                    others.add(name);
                }
            }
            // Last, so that what a crash leaves of this is cleared another time.
            this.files.delete(lock.directory().resolve(MARKER_FILE));
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

    @Override
    public String toString() {
        return "temporary log devices in " + this.directory;
    }

}
