package io.flowstate.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Numbered files that live for one run, in a {@link TemporaryDirectory} of their own.
 * Made when they are first written, their directory too; never forced, and gone at the
 * end of the run. Any thread may call any method; none waits for another's reading or
 * writing.
 */
public final class TemporaryFiles implements AutoCloseable {

    private final LocalFiles files;

    private final Path place;

    private final String owner;

    private final Object opening = new Object(); // held by the one who opens or closes

    private volatile @Nullable Opened opened; // once something was written; guarded by
                                              // opening for writing

    private volatile boolean closed; // likewise

    private TemporaryFiles(LocalFiles files, Path place, String owner) {
        this.files = files;
        this.place = place.toAbsolutePath();
        this.owner = owner;
    }

    /**
     * Clears what dead runs have left in a place, if there is one, and begins another
     * with no file: its directory is made when the first is written.
     * @param files how files are reached
     * @param place created when it is needed; any number of runs may share it
     * @param owner whose files these are, for a person to read
     * @return the files
     */
    public static TemporaryFiles open(LocalFiles files, Path place, String owner) {
        TemporaryFiles opened = new TemporaryFiles(files, place, owner);
        TemporaryDirectory.clearDeadRunsIn(files, opened.place);
        return opened;
    }

    /**
     * Whether reading or deleting may fail to return at all, as over a network.
     * @return whether it may
     */
    public boolean mayHang() {
        return this.files.mayHang();
    }

    private Opened openDirectory() {
        synchronized (this.opening) {
            checkOpen();
            Opened present = this.opened;
            if (present == null) {
                TemporaryDirectory directory = TemporaryDirectory.open(this.files, this.place, this.owner);
                present = new Opened(directory, new TemporaryHandles(directory.files(), directory::file));
                this.opened = present;
            }
            return present;
        }
    }

    /**
     * Writes into a file, which is made if it does not exist.
     * @param file its number, more than 0
     * @param position where in it
     * @param bytes all that remains is written
     * @throws StorageFullException if there is no room for it
     * @throws StorageUnavailableException if the disk did not do it; what is there is not
     * known
     */
    public void write(int file, long position, ByteBuffer bytes) {
        use(file, true, "write", (open) -> {
            open.write(position, bytes);
            return bytes;
        });
    }

    /**
     * Reads from a file.
     * @param file its number
     * @param position where in it
     * @param target filled to its limit
     * @throws CorruptStateException if there is no such file, or it ends before that
     * @throws StorageUnavailableException if the disk did not do it
     */
    public void read(int file, long position, ByteBuffer target) {
        int wanted = target.remaining();
        int count = use(file, false, "read", (open) -> open.read(position, target));
        if (count < wanted) {
            throw new CorruptStateException(describe(file), position + count, wanted + " bytes from offset " + position,
                    "only " + count);
        }
    }

    private <R> R use(int file, boolean creating, String what, TemporaryHandles.Action<R> action) {
        checkOpen();
        Opened present = this.opened;
        if (present == null) {
            if (!creating) {
                throw noFile(file);
            }
            present = openDirectory();
        }
        try {
            return present.handles().use(file, creating, action);
        }
        catch (NoSuchFileException ex) {
            if (!creating) {
                throw noFile(file);
            }
            throw StorageErrors.of(what, present.directory().file(file), ex);
        }
        catch (IOException ex) {
            throw StorageErrors.of(what, present.directory().file(file), ex);
        }
    }

    private CorruptStateException noFile(int file) {
        return new CorruptStateException(describe(file), 0, "a temporary file", "no file");
    }

    /**
     * Deletes a file; one that does not exist is passed over. Who reads it meanwhile
     * either finds it still, or gets the error for no file.
     * @param file its number, never written again
     * @throws StorageUnavailableException if it cannot be deleted; may be tried again
     */
    public void delete(int file) {
        checkOpen();
        Opened present = this.opened;
        if (present == null) {
            return;
        }
        present.handles().retire(file);
        try {
            present.directory().files().delete(present.directory().file(file));
        }
        catch (IOException ex) {
            throw StorageErrors.of("delete", present.directory().file(file), ex);
        }
    }

    /**
     * What a file is called, for messages.
     * @param file its number
     * @return its path
     */
    public String describe(int file) {
        Opened present = this.opened;
        return (present != null) ? present.directory().file(file).toString() : "file " + file + " of " + this;
    }

    private void checkOpen() {
        if (this.closed) {
            throw new IllegalStateException(this + " are closed");
        }
    }

    /** Deletes all of them; to be called when nobody uses them any more. */
    @Override
    public void close() {
        synchronized (this.opening) {
            Opened present = this.opened;
            if (!this.closed && present != null) {
                present.handles().close();
                present.directory().close();
            }
            this.closed = true;
        }
    }

    @Override
    public String toString() {
        Opened present = this.opened;
        return "the files in " + ((present != null) ? present.directory().path() : this.place);
    }

    private record Opened(TemporaryDirectory directory, TemporaryHandles handles) {
    }

}
