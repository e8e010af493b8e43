package io.flowstate.storage;

import java.nio.file.Path;

/**
 * Opens the log device of a store. The seam for other media, together with
 * {@link CheckpointManager}.
 */
@FunctionalInterface
public interface LogDeviceFactory {

    /**
     * Takes the place for one writer and opens it.
     * @param owner who opens it, for a person to read; shown to others who try
     * @return the open device
     * @throws StateLockedException if another writer has it
     */
    LogDevice open(String owner);

    /**
     * Moves everything that a store has left here out of the way, so that the next
     * opening finds nothing; no byte is lost. Not open meanwhile.
     * @param owner who does it, for a person to read
     * @throws StateLockedException if a writer has it open
     * @throws StateException if this medium cannot do that
     */
    default void setAside(String owner) {
        throw new StateException("this storage cannot move old files aside: choose another place, or empty this one");
    }

    /**
     * Log devices in a directory of this machine, each segment a file.
     * @param directory created if it is missing; opened by one at a time
     * @return a factory
     */
    static LogDeviceFactory local(Path directory) {
        return local(directory, LocalFiles.system());
    }

    /**
     * Log devices in a directory, each segment a file.
     * @param directory created if it is missing; opened by one at a time
     * @param files how files are reached
     * @return a factory
     */
    static LogDeviceFactory local(Path directory, LocalFiles files) {
        return new LocalLogDeviceFactory(files, directory);
    }

    /**
     * A log in the memory of this JVM. What was written outlives its device: the same
     * factory opens it again.
     * @return a factory of one log, empty at first
     */
    static LogDeviceFactory inMemory() {
        return new MemoryLogDeviceFactory();
    }

    /**
     * Log devices that are deleted when they are closed, each in a locked sub-directory
     * of its own. What runs that died have left there is cleared; other files never are.
     * @param directory created if it is missing; any number may be open in it
     * @return a factory
     */
    static LogDeviceFactory temporary(Path directory) {
        return temporary(directory, LocalFiles.system());
    }

    /**
     * Log devices that are deleted when they are closed, as in {@link #temporary(Path)}.
     * @param directory created if it is missing; any number may be open in it
     * @param files how files are reached
     * @return a factory
     */
    static LogDeviceFactory temporary(Path directory, LocalFiles files) {
        return new TemporaryLogDeviceFactory(files, directory);
    }

}
