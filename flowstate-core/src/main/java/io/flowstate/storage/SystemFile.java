package io.flowstate.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An open file of the machine, read and written by position through a few
 * {@link RandomAccessFile}s that no interrupt can close.
 *
 * <p>
 * A file for reading opens further handles, up to four, when reads overlap. A file for
 * writing has one: a failed write-back shows only at the handles that were open before
 * it, and must show at the next force. A handle in use is never closed under its user,
 * since the operating system could give its number to another file at once:
 * {@link #close} leaves it to the call that is using it, and waits for nothing.
 */
final class SystemFile implements LocalFiles.LocalFile {

    private static final int READING_HANDLES = 4;

    /**
     * The most that one system call moves; a RandomAccessFile allocates as much each
     * time.
     */
    private static final int CHUNK_SIZE = 128 << 10;

    /** Chunks on their way between direct buffers and files, for the next to use. */
    private static final BlockingQueue<byte[]> CHUNKS = new ArrayBlockingQueue<>(8);

    private final Path path;

    private final String mode;

    private final int maxHandles;

    private final ReentrantLock lock = new ReentrantLock();

    private final Condition released = this.lock.newCondition();

    private final Deque<RandomAccessFile> idle = new ArrayDeque<>(); // guarded by lock

    private int openHandles; // guarded by lock

    private boolean closed; // guarded by lock

    private SystemFile(Path path, String mode, int maxHandles) throws IOException {
        this.path = path;
        this.mode = mode;
        this.maxHandles = maxHandles;
        this.idle.push(openHandle());
        this.openHandles = 1;
    }

    static SystemFile openForReading(Path path) throws IOException {
        return new SystemFile(path, "r", READING_HANDLES);
    }

    /** Opens a file that exists; would create one that does not. */
    static SystemFile openForWriting(Path path) throws IOException {
        return new SystemFile(path, "rw", 1);
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        RandomAccessFile handle = take();
        try {
            handle.seek(position);
            int total = 0;
            while (target.hasRemaining()) {
                int count = readSome(handle, target);
                if (count < 0) {
                    break;
                }
                total += count;
            }
            return total;
        }
        finally {
            giveBack(handle);
        }
    }

    private static int readSome(RandomAccessFile handle, ByteBuffer target) throws IOException {
        int wanted = Math.min(target.remaining(), CHUNK_SIZE);
        if (target.hasArray()) {
            int count = handle.read(target.array(), target.arrayOffset() + target.position(), wanted);
            target.position(target.position() + Math.max(count, 0));
            return count;
        }
        byte[] chunk = takeChunk();
        try {
            int count = handle.read(chunk, 0, wanted);
            target.put(chunk, 0, Math.max(count, 0));
            return count;
        }
        finally {
            CHUNKS.offer(chunk);
        }
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
        RandomAccessFile handle = take();
        try {
            handle.seek(position);
            while (source.hasRemaining()) {
                writeSome(handle, source);
            }
        }
        finally {
            giveBack(handle);
        }
    }

    private static void writeSome(RandomAccessFile handle, ByteBuffer source) throws IOException {
        int count = Math.min(source.remaining(), CHUNK_SIZE);
        if (source.hasArray()) {
            handle.write(source.array(), source.arrayOffset() + source.position(), count);
            source.position(source.position() + count);
            return;
        }
        byte[] chunk = takeChunk();
        try {
            source.get(chunk, 0, count);
            handle.write(chunk, 0, count);
        }
        finally {
            CHUNKS.offer(chunk);
        }
    }

    private static byte[] takeChunk() {
        byte[] chunk = CHUNKS.poll();
        return (chunk != null) ? chunk : new byte[CHUNK_SIZE];
    }

    @Override
    public void force() throws IOException {
        RandomAccessFile handle = take();
        try {
            handle.getFD().sync();
        }
        finally {
            giveBack(handle);
        }
    }

    @Override
    public long size() throws IOException {
        RandomAccessFile handle = take();
        try {
            return handle.length();
        }
        finally {
            giveBack(handle);
        }
    }

    @Override
    public void close() throws IOException {
        Deque<RandomAccessFile> closing;
        this.lock.lock();
        try {
            this.closed = true;
            closing = new ArrayDeque<>(this.idle);
            this.openHandles -= closing.size();
            this.idle.clear();
            this.released.signalAll();
        }
        finally {
            this.lock.unlock();
        }
        for (RandomAccessFile handle : closing) {
            handle.close();
        }
    }

    private RandomAccessFile take() throws IOException {
        this.lock.lock();
        try {
            while (!this.closed && this.idle.isEmpty() && this.openHandles == this.maxHandles) {
                this.released.awaitUninterruptibly();
            }
            if (this.closed) {
                throw new ClosedChannelException();
            }
            if (!this.idle.isEmpty()) {
                return this.idle.pop();
            }
            this.openHandles++;
        }
        finally {
            this.lock.unlock();
        }
        try {
            return openHandle();
        }
        catch (IOException | RuntimeException | Error ex) {
            forgetHandle();
            throw ex;
        }
    }

    private void forgetHandle() {
        this.lock.lock();
        try {
            this.openHandles--;
            this.released.signal();
        }
        finally {
            this.lock.unlock();
        }
    }

    private void giveBack(RandomAccessFile handle) throws IOException {
        this.lock.lock();
        try {
            if (!this.closed) {
                this.idle.push(handle);
                this.released.signal();
                return;
            }
            this.openHandles--;
        }
        finally {
            this.lock.unlock();
        }
        handle.close();
    }

    private RandomAccessFile openHandle() throws IOException {
        try {
            return new RandomAccessFile(this.path.toFile(), this.mode);
        }
        catch (FileNotFoundException ex) {
            if (Files.notExists(this.path)) {
                NoSuchFileException missing = new NoSuchFileException(this.path.toString());
                missing.initCause(ex);
                throw missing;
            }
            throw ex;
        }
    }

    @Override
    public String toString() {
        return this.path.toString();
    }

}
