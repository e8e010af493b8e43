package io.flowstate.spring.boot.autoconfigure;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.Manifest;
import io.flowstate.storage.StorageUnavailableException;

/**
 * A local checkpoint manager whose commits fail, or wait, and whose reads are counted,
 * and fail, for as long as a test says.
 */
final class FaultyCheckpointManager implements CheckpointManager {

    private final CheckpointManager delegate;

    private volatile boolean failing;

    private volatile boolean unreadable;

    private final AtomicInteger reads = new AtomicInteger();

    private volatile CountDownLatch held = new CountDownLatch(0);

    FaultyCheckpointManager(Path directory) {
        this.delegate = CheckpointManager.local(directory);
    }

    void failCommits(boolean failing) {
        this.failing = failing;
    }

    void failReads(boolean failing) {
        this.unreadable = failing;
    }

    /** How often something was read so far. */
    int reads() {
        return this.reads.get();
    }

    /**
     * Makes commits wait.
     * @return lets them go on when it is counted down
     */
    CountDownLatch holdCommits() {
        CountDownLatch held = new CountDownLatch(1);
        this.held = held;
        return held;
    }

    @Override
    public Optional<Manifest> open(String owner) {
        return this.delegate.open(owner);
    }

    @Override
    public void commit(Manifest manifest) {
        try {
            this.held.await();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        if (this.failing) {
            throw new StorageUnavailableException("the test made this commit fail");
        }
        this.delegate.commit(manifest);
    }

    @Override
    public void write(String name, ByteBuffer content) {
        this.delegate.write(name, content);
    }

    @Override
    public ByteBuffer read(String name, int length) {
        this.reads.incrementAndGet();
        if (this.unreadable) {
            throw new StorageUnavailableException("the test made this read fail");
        }
        return this.delegate.read(name, length);
    }

    @Override
    public void delete(String name) {
        this.delegate.delete(name);
    }

    @Override
    public Collection<String> names() {
        return this.delegate.names();
    }

    @Override
    public String describe(String name) {
        return this.delegate.describe(name);
    }

    @Override
    public boolean durable() {
        return this.delegate.durable();
    }

    @Override
    public void close() {
        this.delegate.close();
    }

}
