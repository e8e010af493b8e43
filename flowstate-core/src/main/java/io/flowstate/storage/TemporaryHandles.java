package io.flowstate.storage;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open files of {@link TemporaryFiles}. Each use of a file has a handle to itself, so
 * that nobody waits for another's reading or writing; the {@value #MAX_IDLE} that were
 * used last stay open for the next. Nothing is opened or closed under the lock. Any
 * thread may call any method.
 */
final class TemporaryHandles {

    static final int MAX_IDLE = 64;

    private static final Logger logger = LoggerFactory.getLogger(TemporaryHandles.class);

    private final LocalFiles files;

    private final IntFunction<Path> paths;

    private final ReentrantLock lock = new ReentrantLock();

    /** The one used last comes first; guarded by lock. */
    private final Deque<Handle> idle = new ArrayDeque<>();

    /** How many handles of a file are in use, and whether it was retired meanwhile. */
    private final Map<Integer, Users> users = new HashMap<>(); // guarded by lock

    private boolean closed; // guarded by lock

    TemporaryHandles(LocalFiles files, IntFunction<Path> paths) {
        this.files = files;
        this.paths = paths;
    }

    /**
     * Does something with a file.
     * @param creating whether the file is made if it does not exist
     */
    <R> R use(int file, boolean creating, Action<R> action) throws IOException {
        LocalFiles.LocalFile open = take(file);
        boolean usable = false;
        try {
            if (open == null) {
                open = open(this.paths.apply(file), creating);
            }
            R result = action.apply(open);
            usable = true;
            return result;
        }
        finally {
            // One that has failed is not used again.
            giveBack(file, open, usable);
        }
    }

    private LocalFiles.@Nullable LocalFile take(int file) {
        this.lock.lock();
        try {
            this.users.computeIfAbsent(file, (absent) -> new Users()).count++;
            for (Iterator<Handle> handles = this.idle.iterator(); handles.hasNext();) {
                Handle handle = handles.next();
                if (handle.file() == file) {
                    handles.remove();
                    return handle.open();
                }
            }
            return null;
        }
        finally {
            this.lock.unlock();
        }
    }

    private LocalFiles.LocalFile open(Path path, boolean creating) throws IOException {
        try {
            return this.files.openForWriting(path);
        }
        catch (NoSuchFileException ex) {
            if (!creating) {
                throw ex;
            }
        }
        try {
            return this.files.create(path);
        }
        catch (FileAlreadyExistsException ex) {
            // Another was faster.
            return this.files.openForWriting(path);
        }
    }

    private void giveBack(int file, LocalFiles.@Nullable LocalFile open, boolean usable) {
        LocalFiles.LocalFile closing = open;
        this.lock.lock();
        try {
            Users others = this.users.get(file);
            assert others != null : file;
            others.count--;
            if (others.count == 0) {
                this.users.remove(file);
            }
            if (usable && open != null && !others.retired && !this.closed) {
                this.idle.addFirst(new Handle(file, open));
                closing = (this.idle.size() > MAX_IDLE) ? this.idle.removeLast().open() : null;
            }
        }
        finally {
            this.lock.unlock();
        }
        if (closing != null) {
            close(closing);
        }
    }

    /**
     * Closes the handles of a file that is never used again, those in use when their
     * users are done.
     */
    void retire(int file) {
        List<Handle> retired = new ArrayList<>();
        this.lock.lock();
        try {
            Users others = this.users.get(file);
            if (others != null) {
                others.retired = true;
            }
            this.idle.removeIf((handle) -> handle.file() == file && retired.add(handle));
        }
        finally {
            this.lock.unlock();
        }
        retired.forEach((handle) -> close(handle.open()));
    }

    /** Closes all handles, those in use when their users are done. */
    void close() {
        List<Handle> retired;
        this.lock.lock();
        try {
            this.closed = true;
            retired = List.copyOf(this.idle);
            this.idle.clear();
        }
        finally {
            this.lock.unlock();
        }
        retired.forEach((handle) -> close(handle.open()));
    }

    private static void close(LocalFiles.LocalFile open) {
        try {
            open.close();
        }
        catch (IOException ex) {
            // What did not get to the disk is noticed when it is read.
            logger.warn("could not close a temporary file", ex);
        }
    }

    /** Does something with an open file. */
    interface Action<R> {

        R apply(LocalFiles.LocalFile file) throws IOException;

    }

    private record Handle(int file, LocalFiles.LocalFile open) {
    }

    private static final class Users {

        private int count; // guarded by lock

        private boolean retired; // guarded by lock

    }

}
