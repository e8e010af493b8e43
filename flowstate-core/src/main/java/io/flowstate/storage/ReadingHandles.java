package io.flowstate.storage;

import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segment files open for reading, the most recently used ones, so many at most.
 *
 * <p>
 * A handle is closed once it has left the map and its last reader is done, never under a
 * reader. It is in the map before its file is opened: a segment deleted meanwhile takes
 * it out, so no handle on a deleted file stays behind. No file is opened or closed under
 * the lock. Any thread may call any method; none waits for a reader.
 */
final class ReadingHandles {

    private static final Logger logger = LoggerFactory.getLogger(ReadingHandles.class);

    private final int capacity;

    private final ReentrantLock lock = new ReentrantLock();

    /** Least recently used first; guarded by lock. */
    private final Map<LogSegment, Handle> handles = new LinkedHashMap<>(16, 0.75f, true);

    private boolean closed; // guarded by lock

    ReadingHandles(int capacity) {
        this.capacity = capacity;
    }

    /**
     * Does something with a segment's file.
     * @param opener opens the file if it is not open yet
     */
    <R> R use(LogSegment segment, Opener opener, Action<R> action) throws IOException {
        Handle handle = take(segment);
        try {
            return action.apply(handle.open(opener));
        }
        catch (IOException ex) {
            // A file that could not be opened, or that answers with errors, is opened
            // anew.
            retire(segment, handle);
            throw ex;
        }
        finally {
            giveBack(handle);
        }
    }

    private Handle take(LogSegment segment) {
        Handle handle;
        Handle evicted = null;
        this.lock.lock();
        try {
            if (this.closed) {
                throw new IllegalStateException("the log device is closed");
            }
            handle = this.handles.computeIfAbsent(segment, (absent) -> new Handle());
            handle.users++;
            if (this.handles.size() > this.capacity) {
                Iterator<Handle> eldest = this.handles.values().iterator();
                evicted = eldest.next();
                evicted.retired = true;
                eldest.remove();
            }
        }
        finally {
            this.lock.unlock();
        }
        if (evicted != null) {
            closeIfUnused(evicted);
        }
        return handle;
    }

    private void giveBack(Handle handle) {
        boolean retired;
        this.lock.lock();
        try {
            handle.users--;
            retired = handle.retired;
        }
        finally {
            this.lock.unlock();
        }
        if (retired) {
            closeIfUnused(handle);
        }
    }

    /** Forgets the handle of a segment; it is closed when its last reader is done. */
    void retire(LogSegment segment) {
        retire(segment, null);
    }

    private void retire(LogSegment segment, @Nullable Handle expected) {
        Handle handle;
        this.lock.lock();
        try {
            handle = this.handles.get(segment);
            if (handle == null || (expected != null && expected != handle)) {
                return;
            }
            handle.retired = true;
            this.handles.remove(segment);
        }
        finally {
            this.lock.unlock();
        }
        closeIfUnused(handle);
    }

    /** Closes every handle, each when its last reader is done; no other is taken. */
    void close() {
        List<Handle> retired;
        this.lock.lock();
        try {
            this.closed = true;
            retired = List.copyOf(this.handles.values());
            retired.forEach((handle) -> handle.retired = true);
            this.handles.clear();
        }
        finally {
            this.lock.unlock();
        }
        retired.forEach(this::closeIfUnused);
    }

    /** Once a handle is retired nobody takes it, so its users only become fewer. */
    private void closeIfUnused(Handle handle) {
        this.lock.lock();
        try {
            if (!handle.retired || handle.users > 0) {
                return;
            }
        }
        finally {
            this.lock.unlock();
        }
        try {
            handle.close();
        }
        catch (IOException ex) {
            // Nothing is lost with a handle for reading.
            logger.warn("could not close a segment file after reading", ex);
        }
    }

    /** Opens the file of a segment. */
    interface Opener {

        LocalFiles.LocalFile open() throws IOException;

    }

    /** Does something with an open file. */
    interface Action<R> {

        R apply(LocalFiles.LocalFile file) throws IOException;

    }

    private static final class Handle {

        private final AtomicReference<LocalFiles.@Nullable LocalFile> file = new AtomicReference<>();

        private int users; // guarded by lock

        private boolean retired; // guarded by lock

        private LocalFiles.LocalFile open(Opener opener) throws IOException {
            LocalFiles.LocalFile open = this.file.get();
            if (open != null) {
                return open;
            }
            LocalFiles.LocalFile mine = opener.open();
            if (this.file.compareAndSet(null, mine)) {
                return mine;
            }
            mine.close();
            // Only set back when the last user, who is not me, has gone.
            LocalFiles.LocalFile first = this.file.get();
            assert first != null : "a handle was closed under a reader";
            return first;
        }

        private void close() throws IOException {
            LocalFiles.LocalFile open = this.file.getAndSet(null);
            if (open != null) {
                open.close();
            }
        }

    }

}
