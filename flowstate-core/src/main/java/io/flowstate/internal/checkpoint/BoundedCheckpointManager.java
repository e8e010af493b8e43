package io.flowstate.internal.checkpoint;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

import io.flowstate.internal.hybridlog.StorageCalls;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.Manifest;

/**
 * A checkpoint manager of which nobody waits longer than {@code device-timeout} for an
 * answer. For one opening.
 *
 * <p>
 * A commit that was given up may still take effect, as after any failure of one. Until it
 * has returned no other is made, and the place stays taken.
 */
public final class BoundedCheckpointManager implements CheckpointManager {

    private final CheckpointManager manager;

    private final StorageCalls calls;

    private final StorageCalls reads;

    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Creates it, not open yet.
     * @param manager the manager to be asked, open or not as it is
     * @param timeout how long it may take for an answer
     * @param nanoClock the time in nanoseconds, from any origin
     */
    public BoundedCheckpointManager(CheckpointManager manager, Duration timeout, LongSupplier nanoClock) {
        this.manager = manager;
        this.calls = new StorageCalls("flowstate-checkpoints", timeout, nanoClock);
        this.reads = new StorageCalls("flowstate-metadata", timeout, nanoClock);
    }

    @Override
    public Optional<Manifest> open(String owner) {
        return this.calls.call("opening the checkpoints, " + describeManifest(), () -> this.manager.open(owner),
                (late) -> this.manager.close());
    }

    @Override
    public void commit(Manifest manifest) {
        this.calls.run("replacing " + describeManifest(), () -> this.manager.commit(manifest));
    }

    @Override
    public void write(String name, ByteBuffer content) {
        this.calls.run("writing " + describe(name), () -> this.manager.write(name, content));
    }

    @Override
    public ByteBuffer read(String name, int length) {
        return this.reads.call("reading " + describe(name), () -> this.manager.read(name, length));
    }

    @Override
    public void delete(String name) {
        this.calls.run("deleting " + describe(name), () -> this.manager.delete(name));
    }

    @Override
    public Collection<String> names() {
        return this.calls.call("listing the metadata beside " + describeManifest(), this.manager::names);
    }

    @Override
    public String describe(String name) {
        return this.manager.describe(name);
    }

    @Override
    public String describeManifest() {
        return this.manager.describeManifest();
    }

    @Override
    public boolean durable() {
        return this.manager.durable();
    }

    @Override
    public void setAside(String owner) {
        this.calls.run("setting aside " + describeManifest(), () -> this.manager.setAside(owner));
    }

    /**
     * Gives the place free, at the latest when the manager has answered what it was asked
     * before.
     * @throws io.flowstate.storage.StorageUnavailableException if it has not in time
     */
    @Override
    public void close() {
        if (this.closed.compareAndSet(false, true)) {
            this.reads.close();
            this.calls.callLast("giving free " + describeManifest(), this.manager::close);
        }
    }

}
