package io.flowstate.testing;

/**
 * The calls of {@link io.flowstate.storage.LocalFiles} and of its open files that
 * {@link FaultyFiles} counts, fails and holds.
 */
public enum FileCall {

    /** Creating directories. */
    CREATE_DIRECTORIES,

    /** Creating a file. */
    CREATE,

    /** Opening a file for reading only. */
    OPEN_FOR_READING,

    /** Opening a file for reading and writing. */
    OPEN_FOR_WRITING,

    /** Reading from a file. */
    READ,

    /** Writing to a file. */
    WRITE,

    /** Forcing a file. */
    FORCE,

    /** Writing a file out while it is written. */
    WRITE_BACK,

    /** Asking for the length of a file. */
    SIZE,

    /** Renaming a file. */
    RENAME,

    /** Forcing the names of a directory. */
    FORCE_DIRECTORY,

    /** Listing a directory. */
    LIST,

    /** Deleting a file or a directory. */
    DELETE,

    /** Resolving a path. */
    REAL_PATH,

    /** Asking which file has a name. */
    FILE_KEY,

    /** Locking a file. */
    LOCK

}
