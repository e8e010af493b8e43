package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/**
 * Commits, lists, reads and purges checkpoints through the {@linkplain Manifest
 * manifest}, the one resource that is replaced atomically. Beside it lie metadata
 * objects, each written once under a name of its own and never changed.
 *
 * <p>
 * Opened by one state manager at a time; after {@link #close} it can be opened again.
 * Methods other than {@code open} and {@code close} are called by one thread at a time,
 * except {@link #read}, which any thread may call.
 *
 * <p>
 * A call that does not return within {@code device-timeout} is given up by who waits for
 * it, and may still take effect. Until it has returned no other is made but
 * {@link #read}, and a {@link #open} by the next who wants the place; {@link #close}
 * comes after it.
 */
public interface CheckpointManager {

    /**
     * Takes the place for one writer and reads the manifest.
     * @param owner who opens it, for a person to read; shown to others who try
     * @return the manifest, or empty if none was ever committed
     * @throws StateLockedException if another writer has it
     * @throws CorruptStateException if the manifest is damaged, or is missing although
     * metadata objects exist
     * @throws IncompatibleFormatException if the manifest is of another format
     */
    Optional<Manifest> open(String owner);

    /**
     * Replaces the manifest in one atomic step, durable when this returns. After an
     * exception either of the two may be in place, except after {@link FencedException}.
     * @param manifest what replaces the manifest read or committed last, of the same run
     * or a later one
     * @throws FencedException if another writer has replaced it meanwhile, or this was
     * closed meanwhile, or the manifest in place is of a later run
     */
    void commit(Manifest manifest);

    /**
     * Writes a metadata object, durable when this returns.
     * @param name a name that was never used: {@code checkpoint-VERSION-RUN}, both
     * numbers in 16 hexadecimal digits, lower case; any other is refused, here and below
     * @param content all that remains in the buffer
     */
    void write(String name, ByteBuffer content);

    /**
     * Reads a metadata object whole.
     * @param name its name
     * @param length its length in bytes
     * @return its bytes, in a heap buffer
     * @throws CorruptStateException if it is missing or has another length
     */
    ByteBuffer read(String name, int length);

    /**
     * Deletes a metadata object; one that does not exist is passed over.
     * @param name its name
     */
    void delete(String name);

    /**
     * The metadata objects that exist. What is none of ours is left out and left alone.
     * @return a snapshot
     */
    Collection<String> names();

    /**
     * The resource behind a metadata object, for messages: a path or a URL, without
     * secrets.
     * @param name its name
     * @return a description
     */
    String describe(String name);

    /**
     * The resource behind the manifest, for messages: a path or a URL, without secrets.
     * @return a description
     */
    default String describeManifest() {
        return "the manifest";
    }

    /**
     * Whether what is committed here can be found by a later run. If not, checkpoints are
     * only counted: nothing is flushed for them and nothing is committed.
     * @return false for temporary storage
     */
    default boolean durable() {
        return true;
    }

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
     * Gives the place free for another writer. May be called again.
     */
    void close();

    /**
     * A checkpoint manager in a directory of this machine.
     * @param directory created if it is missing; opened by one at a time, and not that of
     * the logs
     * @return a checkpoint manager, not open yet
     */
    static CheckpointManager local(Path directory) {
        return local(directory, LocalFiles.system());
    }

    /**
     * A checkpoint manager in a directory.
     * @param directory created if it is missing; opened by one at a time, and not that of
     * the logs
     * @param files how files are reached
     * @return a checkpoint manager, not open yet
     */
    static CheckpointManager local(Path directory, LocalFiles files) {
        return new LocalCheckpointManager(files, directory);
    }

    /**
     * A checkpoint manager in the memory of this JVM. Its content outlives
     * {@link #close}: the same object can be opened again.
     * @return a checkpoint manager, empty and not open yet
     */
    static CheckpointManager inMemory() {
        return new MemoryCheckpointManager();
    }

    /**
     * A checkpoint manager that keeps nothing. Any number may have it open.
     * @return a checkpoint manager that is not {@linkplain #durable() durable}
     */
    static CheckpointManager temporary() {
        return new TemporaryCheckpointManager();
    }

}
