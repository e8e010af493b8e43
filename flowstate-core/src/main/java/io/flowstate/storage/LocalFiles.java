package io.flowstate.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * Everything that the local implementations ask of a file system, and nothing else of
 * theirs touches files. Small, so that tests can stop it at the Nth call, fail it, fill
 * it up, or drop what was not forced.
 *
 * <p>
 * Paths are absolute. Any thread may call any method. An interrupt of the calling thread
 * closes nothing and is left set.
 */
public interface LocalFiles {

    /**
     * The file system of the machine.
     * @return the one real implementation
     */
    static LocalFiles system() {
        return SystemFiles.INSTANCE;
    }

    /**
     * Whether a read may fail to return at all; see {@link LogDevice#mayHang}.
     * @return true unless an implementation knows better
     */
    default boolean mayHang() {
        return true;
    }

    /**
     * Creates a directory and its missing parents, each 0700 where the file system knows
     * modes, and makes their names durable. One that exists is left as it is.
     */
    void createDirectories(Path directory) throws IOException;

    /**
     * Creates a file, 0600 where the file system knows modes, and opens it for writing.
     * @throws java.nio.file.FileAlreadyExistsException if it exists
     */
    LocalFile create(Path file) throws IOException;

    /**
     * Opens an existing file for reading only.
     * @throws java.nio.file.NoSuchFileException if it does not exist
     */
    LocalFile openForReading(Path file) throws IOException;

    /**
     * Opens an existing file for reading and for writing anywhere in it.
     * @throws java.nio.file.NoSuchFileException if it does not exist
     */
    LocalFile openForWriting(Path file) throws IOException;

    /**
     * Writes out what was written to a file, while its writer goes on: the next
     * {@link LocalFile#force} has less to do. That is still needed: this makes nothing
     * durable that a caller could count on. Does nothing if the file cannot be opened,
     * and by default.
     * @throws IOException if it could not be written out: a force to come cannot be
     * trusted any more
     */
    default void writeBack(Path file) throws IOException {
    }

    /**
     * Renames a file within its directory, replacing what has the new name, in one atomic
     * step.
     */
    void rename(Path source, Path target) throws IOException;

    /** Makes durable which names are in a directory. */
    void forceDirectory(Path directory) throws IOException;

    /**
     * The names of files and directories in a directory.
     * @throws java.nio.file.NoSuchFileException if it does not exist
     * @throws java.nio.file.NotDirectoryException if it is none
     */
    List<String> list(Path directory) throws IOException;

    /** Deletes a file or an empty directory; one that does not exist is passed over. */
    void delete(Path file) throws IOException;

    /**
     * The path with all links resolved, as one key for one place.
     */
    Path realPath(Path path) throws IOException;

    /**
     * What tells this very file from one that takes its name after it was deleted, while
     * somebody still has it open.
     * @return a key with a meaningful {@code equals}
     * @throws java.nio.file.NoSuchFileException if it does not exist
     */
    Object fileKey(Path file) throws IOException;

    /**
     * Locks a file for this process, creating it if it is missing. Returns at once.
     * @return what releases the lock when closed, or null if another process holds it
     */
    @org.jspecify.annotations.Nullable
    Closeable tryLock(Path file) throws IOException;

    /** An open file. */
    interface LocalFile extends Closeable {

        /**
         * Reads into the buffer, as many bytes as it takes or as there are.
         * @return the number of bytes read; less than what was asked for only at the end
         * of the file
         */
        int read(long position, ByteBuffer target) throws IOException;

        /** Writes all that remains in the buffer. */
        void write(long position, ByteBuffer source) throws IOException;

        /** Makes content and length durable. */
        void force() throws IOException;

        /** The length in bytes. */
        long size() throws IOException;

    }

}
