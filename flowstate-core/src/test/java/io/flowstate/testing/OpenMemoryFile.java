package io.flowstate.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

import io.flowstate.storage.LocalFiles;

/**
 * A handle on a file in memory, which may have lost its name meanwhile.
 */
final class OpenMemoryFile implements LocalFiles.LocalFile {

    private final MemoryFile file;

    private final boolean writable;

    private volatile boolean closed;

    OpenMemoryFile(MemoryFile file, boolean writable) {
        this.file = file;
        this.writable = writable;
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        checkOpen();
        return this.file.read(position, target);
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
        checkWritable();
        this.file.write(position, source);
    }

    @Override
    public void force() throws IOException {
        checkWritable();
    }

    @Override
    public long size() throws IOException {
        checkOpen();
        return this.file.size();
    }

    private void checkWritable() throws IOException {
        checkOpen();
        if (!this.writable) {
            throw new IOException("opened for reading only");
        }
    }

    private void checkOpen() throws IOException {
        if (this.closed) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public void close() {
        this.closed = true;
    }

}
