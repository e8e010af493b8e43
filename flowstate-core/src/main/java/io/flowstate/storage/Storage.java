package io.flowstate.storage;

import java.io.IOException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Where a store lies: the factory of its log device and its checkpoint manager. Opens
 * nothing by itself.
 *
 * @param logDeviceFactory opens the place of the logs
 * @param checkpointManager keeps the checkpoints
 */
public record Storage(LogDeviceFactory logDeviceFactory, CheckpointManager checkpointManager) {

    /** Where {@link #temporary()} keeps its files: {@value}. */
    public static final String DEFAULT_TEMPORARY_DIRECTORY = "./data/tempFiles";

    /**
     * Files on this machine.
     * @param logDirectory where the logs lie; created if it is missing
     * @param checkpointDirectory where the checkpoints lie; created if it is missing, and
     * another directory than that of the logs
     * @return the storage
     * @throws IllegalArgumentException if both are one directory, be it through links
     */
    public static Storage local(Path logDirectory, Path checkpointDirectory) {
        if (place(logDirectory).equals(place(checkpointDirectory))) {
            throw new IllegalArgumentException("logs and checkpoints must lie in different directories, but "
                    + logDirectory + " and " + checkpointDirectory + " are both " + place(checkpointDirectory)
                    + "; choose another for one of them");
        }
        return new Storage(LogDeviceFactory.local(logDirectory), CheckpointManager.local(checkpointDirectory));
    }

    /** Where a directory lies or would be created, all links on the way resolved. */
    private static Path place(Path directory) {
        Path absolute = directory.toAbsolutePath();
        for (Path existing = absolute; existing != null; existing = existing.getParent()) {
            Path real = realPath(existing);
            if (real != null) {
                return real.resolve(existing.relativize(absolute)).normalize();
            }
        }
        return absolute.normalize();
    }

    private static @Nullable Path realPath(Path path) {
        try {
            return LocalFiles.system().realPath(path);
        }
        catch (IOException ex) {
            // Not there, or not to be reached, which opening it will tell.
            return null;
        }
    }

    /**
     * Files that are deleted at the end of the run, in
     * {@value #DEFAULT_TEMPORARY_DIRECTORY}. For tests and development.
     * @return the storage
     */
    public static Storage temporary() {
        return temporary(Path.of(DEFAULT_TEMPORARY_DIRECTORY));
    }

    /**
     * Files that are deleted at the end of the run: data spill to disk, checkpoints are
     * only counted, and nothing is found by the next run. For tests and development.
     * @param directory created if it is missing; each run works in a sub-directory of its
     * own
     * @return the storage
     */
    public static Storage temporary(Path directory) {
        return new Storage(LogDeviceFactory.temporary(directory), CheckpointManager.temporary());
    }

    /**
     * Any other medium.
     * @param logDeviceFactory opens the place of the logs
     * @param checkpointManager keeps the checkpoints
     * @return the storage
     */
    public static Storage of(LogDeviceFactory logDeviceFactory, CheckpointManager checkpointManager) {
        return new Storage(logDeviceFactory, checkpointManager);
    }

}
